import { createContext, type ReactNode, use, useEffect, useMemo, useState } from 'react'
import { type Language, useSession } from '../session.ts'
import type { en } from './en/index.ts'
import { fill, type Values } from './format.ts'

export type Key = keyof typeof en
export type Say = (key: Key, values?: Values) => string
type Catalogue = Record<Key, string>
type Texts = { language: Language; say: Say; has: (key: string) => key is Key; keys: readonly string[] }

/** Only the catalogue that is spoken is fetched. */
const load: Record<Language, () => Promise<Catalogue>> = {
  en: async () => (await import('./en/index.ts')).en,
  'pt-BR': async () => (await import('./pt-BR/index.ts')).ptBR,
}

const Spoken = createContext<Texts | undefined>(undefined)

export const TextProvider = ({ children }: { children: ReactNode }) => {
  const { language } = useSession()
  const [spoken, setSpoken] = useState<{ language: Language; catalogue: Catalogue }>()
  useEffect(() => {
    let isCurrent = true
    void load[language]().then((catalogue) => {
      if (!isCurrent) return
      document.documentElement.lang = language
      setSpoken({ language, catalogue })
    })
    return () => {
      isCurrent = false
    }
  }, [language])
  const texts = useMemo<Texts | undefined>(() => {
    if (!spoken) return undefined
    const { catalogue, language } = spoken
    return {
      language,
      say: (key, values) => fill(catalogue[key], language, values),
      has: (key): key is Key => key in catalogue,
      keys: Object.keys(catalogue),
    }
  }, [spoken])
  return texts ? <Spoken value={texts}>{children}</Spoken> : null
}

export const useTexts = (): Texts => {
  const texts = use(Spoken)
  if (!texts) throw new Error('There is no catalogue here: TextProvider must stand above.')
  return texts
}
export const useSay = (): Say => useTexts().say
