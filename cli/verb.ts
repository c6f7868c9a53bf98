import type { Command } from 'commander'
import { AppError } from '../src/kernel/errors.ts'
import { type Context, contextOf, type GlobalOptions } from './context.ts'

/** What a verb is given: its context, the project it is about, its options. */
export type Verb<Options> = Context & { projectName: string; options: Options & GlobalOptions }

/** Adapts a function to commander: arguments first, then one object with everything else. */
export const inProject =
  <Options>(act: (verb: Verb<Options>, ...words: string[]) => Promise<void>) =>
  async (...given: unknown[]): Promise<void> => {
    const command = given.at(-1) as Command
    const options = command.optsWithGlobals<Options & GlobalOptions>()
    const context = contextOf(options)
    const words = given
      .slice(0, -2)
      .flat()
      .map((word) => (typeof word === 'string' ? word : ''))
    await act({ ...context, projectName: await context.project(), options }, ...words)
  }

/** A whole number that somebody typed. */
export const whole = (text: string, what: string): number => {
  if (/^\d+$/.test(text)) return Number(text)
  throw new AppError('invalid', `${what} must be a whole number, not ${JSON.stringify(text)}.`)
}

export const when = (at: number | null | undefined): string =>
  at === null || at === undefined ? '–' : new Date(at).toISOString().slice(0, 19).replace('T', ' ')

export const lasted = (ms: number | null | undefined): string => {
  if (ms === null || ms === undefined) return '–'
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 120_000) return `${(ms / 1000).toFixed(1)} s`
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`
}

export const short = (digest: string | null | undefined): string =>
  digest ? digest.replace('sha256:', '').slice(0, 12) : '–'

/** A measured number; without digits asked for, counts stay whole. */
export const figure = (value: number | null | undefined, digits?: number): string => {
  if (value === null || value === undefined) return '–'
  return digits === undefined && Number.isInteger(value) ? String(value) : value.toFixed(digits ?? 4)
}

/** `name=value` pairs; values that read as JSON are taken as such, everything else as text. */
export const pairs = (given: readonly string[] = []): Record<string, unknown> =>
  Object.fromEntries(
    given.map((one) => {
      const [name = '', ...rest] = one.split('=')
      const text = rest.join('=')
      try {
        return [name, JSON.parse(text) as unknown]
      } catch {
        return [name, text]
      }
    }),
  )
