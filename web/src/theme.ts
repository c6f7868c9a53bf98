import { createTheme, type MantineColorScheme, type MantineColorSchemeManager } from '@mantine/core'
import { currentSession } from './session.ts'

/** Teal of the mark, from soft to deep; 6 carries white text. */
const belt = [
  '#eef7f5',
  '#dcefec',
  '#b5ddd7',
  '#86c8c0',
  '#5cc4ba',
  '#1c857e',
  '#0b6b66',
  '#095c57',
  '#074a46',
  '#053733',
] as const

export const theme = createTheme({
  colors: { belt },
  primaryColor: 'belt',
  primaryShade: 6,
  fontFamily: "'IBM Plex Sans Variable', system-ui, sans-serif",
  fontFamilyMonospace: "'IBM Plex Mono', ui-monospace, monospace",
  defaultRadius: 'sm',
  respectReducedMotion: true,
  cursorType: 'pointer',
})

/** The session keeps the choice (and scheme.js reads it before the first paint); Mantine only asks. */
export const schemeManager: MantineColorSchemeManager = {
  get: (): MantineColorScheme => currentSession().scheme,
  set: () => undefined,
  subscribe: () => undefined,
  unsubscribe: () => undefined,
  clear: () => undefined,
}
