import type { Report } from '../../../../src/maturity/contract.ts'
import { useTexts } from '../../text/text.tsx'
import { Panel, Quiet } from '../../ui/page.tsx'
import { Tag, type Tone } from '../../ui/status.tsx'
import css from './maturity.module.css'

type Bullet = Report['bullets'][number]

const tones: Record<Bullet['state'], Tone> = {
  met: 'good',
  not_met: 'bad',
  insufficient: 'warn',
  not_applicable: 'idle',
  declared: 'busy',
  not_measured: 'idle',
}

const BulletItem = ({ bullet }: { bullet: Bullet }) => {
  const { say, language } = useTexts()
  return (
    <li className={css['bullet']}>
      <span className={css['bulletState']}>
        <Tag tone={tones[bullet.state]}>{say(`maturity.state.${bullet.state}`)}</Tag>
      </span>
      <span>
        <span lang={language}>{language === 'pt-BR' ? bullet.quote : bullet.translation}</span>
        {bullet.kind === 'sym' ? <Quiet> · {say('maturity.symptom')}</Quiet> : null}
        <br />
        <Quiet>
          {bullet.evidence.join(', ')} {bullet.sentence}
        </Quiet>
      </span>
    </li>
  )
}

/** Every bullet of the model with what decides it, level by level. */
export const Bullets = ({ report }: { report: Report }) => {
  const { say } = useTexts()
  const levels = [...new Set(report.bullets.map(({ level }) => level))].sort((a, b) => a - b)
  return (
    <Panel title={say('maturity.bullets')} flush>
      {levels.map((level) => {
        const bullets = report.bullets.filter((bullet) => bullet.level === level)
        const met = bullets.filter(({ state }) => state === 'met').length
        return (
          <details key={level} className={css['level']} open={level === report.next.level}>
            <summary>
              {say('maturity.level', { level })}{' '}
              <Quiet>{say('maturity.metOf', { met, of: bullets.length })}</Quiet>
            </summary>
            {report.columns.map(({ column }) => {
              const here = bullets.filter((bullet) => bullet.column === column)
              if (here.length === 0) return null
              return (
                <div key={column}>
                  <h3 className={css['column']}>{say(`maturity.column.${column}`)}</h3>
                  <ul>
                    {here.map((bullet) => (
                      <BulletItem key={bullet.id} bullet={bullet} />
                    ))}
                  </ul>
                </div>
              )
            })}
          </details>
        )
      })}
    </Panel>
  )
}
