import type { Figure } from './measure.ts'

export type SuiteOptions = {
  isQuick: boolean
  /** How often every side is measured; medians are shown. */
  rounds: number
  /** A new folder that goes away at the end. */
  scratch: (name: string) => Promise<string>
  tell: (what: string) => void
}

export type Suite = {
  name: string
  /** The columns of the table, our own first. */
  sides: () => Promise<{ name: string; about: string }[]>
  run: (options: SuiteOptions) => Promise<Figure[]>
}
