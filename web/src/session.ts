import { useSyncExternalStore } from 'react'

/** What the reader chose on this page: who to act as (until the tab closes), language and colours (kept). */
type Session = { token: string | undefined; language: Language; scheme: Scheme }
export type Language = 'en' | 'pt-BR'
export type Scheme = 'light' | 'dark' | 'auto'

export const languages: readonly Language[] = ['en', 'pt-BR']
const names = { token: 'esteira.token', language: 'esteira.language', scheme: 'esteira.scheme' }

/** Storage can be forbidden (private windows, policies): then a choice lasts as long as the page. */
const kept = (storage: () => Storage, name: string): string | undefined => {
  try {
    return storage().getItem(name) ?? undefined
  } catch {
    return undefined
  }
}
const keep = (storage: () => Storage, name: string, value: string | undefined): void => {
  try {
    if (value === undefined) storage().removeItem(name)
    else storage().setItem(name, value)
  } catch {
    // The choice holds for this page.
  }
}

const languageOf = (wanted: string | undefined): Language => {
  const asked = wanted ?? navigator.language
  return asked.toLowerCase().startsWith('pt') ? 'pt-BR' : 'en'
}
const schemeOf = (wanted: string | undefined): Scheme =>
  wanted === 'light' || wanted === 'dark' ? wanted : 'auto'

const local = () => localStorage
const tab = () => sessionStorage

let session: Session = {
  token: kept(tab, names.token),
  language: languageOf(kept(local, names.language)),
  scheme: schemeOf(kept(local, names.scheme)),
}
const listeners = new Set<() => void>()

export const currentSession = (): Session => session

const change = (part: Partial<Session>): void => {
  session = { ...session, ...part }
  for (const listener of listeners) listener()
}

export const onSession = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export const useSession = (): Session => useSyncExternalStore(onSession, currentSession)

export const actAs = (token: string | undefined): void => {
  keep(tab, names.token, token)
  change({ token })
}
export const speak = (language: Language): void => {
  keep(local, names.language, language)
  change({ language })
}
export const colour = (scheme: Scheme): void => {
  keep(local, names.scheme, scheme === 'auto' ? undefined : scheme)
  change({ scheme })
}
