import type { EvidenceKind } from '../evidence/evidence.ts'
import type { History } from '../history/history.ts'
import type { EvidenceRow, State } from '../schemas.ts'
import type { Facts } from './facts.ts'

export type Measured = Extract<State, 'met' | 'not_met' | 'insufficient' | 'not_measured'>
type Grade = { level: number; state: Measured }

/** What the records say about one kind of evidence. */
export type Finding = {
  state: Measured
  sentence: string
  n: number | null
  of: number | null
  rows: EvidenceRow[]
  /** Where levels ask different things of the same figure. */
  grades?: Grade[]
}

export type View = { history: History; facts: Facts; now: number; kind: EvidenceKind }
export type Measure = (view: View) => Finding

export const dayMs = 86_400_000
const hourMs = 3_600_000

/** The records of the window of a kind of evidence. */
export const recent = <R extends { at: number }>(records: Iterable<R>, { kind, now }: View): R[] => {
  const from = kind.windowDays === null ? 0 : now - kind.windowDays * dayMs
  return [...records].filter(({ at }) => at >= from && at <= now)
}

const plural = (n: number, word: string): string => {
  if (n === 1) return word
  return /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`
}
const numbers = new Intl.NumberFormat('en')
export const count = (n: number, word: string): string => `${numbers.format(n)} ${plural(n, word)}`

/** «14 of 16 releases»: the noun in the number of the whole. */
export const nOf = (n: number, of: number, word: string): string =>
  `${numbers.format(n)} of ${numbers.format(of)} ${plural(2, word)}`

export const windowWords = ({ windowDays }: EvidenceKind): string =>
  windowDays === null ? '' : ` (last ${windowDays} days)`

/** A time in the unit that people would use. */
export const duration = (ms: number): string => {
  const units = [
    [dayMs, 'd'],
    [hourMs, 'h'],
    [60_000, 'min'],
    [1000, 's'],
  ] as const
  const unit = units.find(([size]) => ms >= size)
  return unit ? `${Number((ms / unit[0]).toFixed(1))} ${unit[1]}` : `${Math.round(ms)} ms`
}

const shareState = (kind: EvidenceKind, n: number, of: number): Measured => {
  if (of < kind.minimum || of === 0) return 'insufficient'
  return n / of >= (kind.share ?? 1) ? 'met' : 'not_met'
}

export type Words = {
  /** What a row is: release, version. */
  noun: string
  /** What is true of those that hold, after the count: «have a passed gate». */
  hold: string
  /** Said when there is no record at all. */
  nothing: string
}

/** The common case: so many of so many rows hold, and the share decides. */
export const shareOf = ({ kind }: View, rows: EvidenceRow[], words: Words): Finding => {
  const n = rows.filter(({ holds }) => holds).length
  const state = shareState(kind, n, rows.length)
  const few =
    state === 'insufficient' && rows.length > 0 ? ` At least ${kind.minimum} are needed to judge.` : ''
  const sentence =
    rows.length === 0
      ? `${words.nothing}${windowWords(kind)}.`
      : `${nOf(n, rows.length, words.noun)} ${words.hold}${windowWords(kind)}.${few}`
  return { state, sentence, n, of: rows.length, rows }
}

/** Of a kind whose records are not kept: says which, and guesses nothing. */
export const unmeasured = (kind: EvidenceKind): Finding => ({
  state: 'not_measured',
  sentence: kind.missing ?? '',
  n: null,
  of: null,
  rows: [],
})

export const median = (values: readonly number[]): number | null => quantile(values, 0.5)

/** Linear between the two nearest ranks (type 7 of Hyndman and Fan, as in R and NumPy). */
export const quantile = (values: readonly number[], p: number): number | null => {
  const sorted = [...values].sort((a, b) => a - b)
  const place = (sorted.length - 1) * p
  const low = sorted[Math.floor(place)]
  const high = sorted[Math.ceil(place)]
  if (low === undefined || high === undefined) return null
  return low + (high - low) * (place - Math.floor(place))
}

/** Findings by the id of their kind of evidence. */
export type Findings = ReadonlyMap<string, Finding>
