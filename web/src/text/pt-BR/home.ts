import type { home as english } from '../en/home.ts'

export const home: Record<keyof typeof english, string> = {
  'start.demo': 'Ver o ciclo inteiro primeiro',
  'start.demoWhy':
    'Um ano de voos reais: treinado, aprovado, implantado, acompanhado e treinado de novo, em alguns minutos.',
  'start.lead': 'Este servidor ainda não tem projeto.',
  'start.own': 'Começar o seu',
  'start.ownWhy':
    'Cria uma pasta com um esteira.yaml, o arquivo que diz tudo; `esteira apply` o traz para cá.',
  'start.title': 'Boas-vindas à Esteira',

  'home.activity': 'O que aconteceu',
  'home.alert': '{monitor}: {rule} está em {value} em {window}, limite {limit}',
  'home.approve': 'A versão {version} de {model} aguarda aprovação',
  'home.canary': 'versão {version} com {weight} %',
  'home.champion': 'campeã: versão {version}',
  'home.failed': 'A última execução de {pipeline} falhou',
  'home.latest': 'versão {version}',
  'home.limit': 'limite {limit}',
  'home.live': 'versão {version} no ar',
  'home.loop': 'O ciclo, estação por estação',
  'home.metricIn': '{metric} em {window}',
  'home.needs': 'O que precisa de você',
  'home.noActivity': 'Nada aconteceu neste projeto ainda',
  'home.nothing': 'nada ainda',
  'home.openAlerts': '{n, plural, one {# alerta aberto} other {# alertas abertos}}',
  'home.quiet': 'Nada espera por você',
  'home.quietWhy':
    'Nenhuma aprovação pedida, nenhum alerta aberto, e a última execução de cada pipeline deu certo.',
  'home.split': 'Tráfego ao vivo',
  'home.trend': '{metric} nas últimas janelas',
  'home.turned': 'Parado automaticamente',
  'home.wholeLedger': 'O livro-razão inteiro',
}
