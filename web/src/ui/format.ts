import { useMemo } from 'react'
import { useTexts } from '../text/text.tsx'

const units: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
]
const dash = '–'

/** Milliseconds as people say them: 12 ms, 3.4 s, 2 min 05 s, 1 h 12 min. The units are the same in both languages. */
const durationOf = (ms: number, number: Intl.NumberFormat): string => {
  if (ms < 10) return `${number.format(ms)} ms`
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${number.format(ms / 1000)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
  return `${Math.floor(minutes / 1440)} d ${Math.floor((minutes % 1440) / 60)} h`
}

const sizes = ['B', 'kB', 'MB', 'GB', 'TB'] as const
const bytesOf = (bytes: number, number: Intl.NumberFormat): string => {
  const power = bytes < 1000 ? 0 : Math.min(sizes.length - 1, Math.floor(Math.log10(bytes) / 3))
  return `${number.format(bytes / 1000 ** power)} ${sizes[power]}`
}

/** Below this, four decimals would say nought. */
const smallest = 0.00005

/** An ancient event time (the demo's year is 2013) is better told as a date. */
const relativeLimitMs = 30 * 86_400_000

const formats = (language: string) => {
  const whole = new Intl.NumberFormat(language)
  const tenth = new Intl.NumberFormat(language, { maximumFractionDigits: 1 })
  const four = new Intl.NumberFormat(language, { minimumFractionDigits: 4, maximumFractionDigits: 4 })
  const share = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 })
  const significant = new Intl.NumberFormat(language, { maximumSignificantDigits: 4 })
  const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' })
  const exact = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' })
  const day = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone: 'UTC' })
  const clock = new Intl.DateTimeFormat(language, { timeStyle: 'medium', hour12: false })
  const or = <T>(value: T | null | undefined, format: (value: T) => string) =>
    value === null || value === undefined ? dash : format(value)
  return {
    whole: (value: number | null | undefined) => or(value, (n) => whole.format(n)),
    /** A figure of quality: always four decimals, so that columns line up. */
    metric: (value: number | string | null | undefined) =>
      or(value, (n) => {
        if (typeof n === 'string') return n
        if (Number.isInteger(n)) return whole.format(n)
        return Math.abs(n) < smallest ? n.toExponential(1) : four.format(n)
      }),
    /** Any figure, as short as it can honestly be. */
    figure: (value: number | null | undefined) => or(value, (n) => significant.format(n)),
    share: (value: number | null | undefined) => or(value, (n) => share.format(n)),
    rate: (value: number | null | undefined) => or(value, (n) => tenth.format(n)),
    duration: (ms: number | null | undefined) => or(ms, (n) => durationOf(n, tenth)),
    bytes: (bytes: number | null | undefined) => or(bytes, (n) => bytesOf(n, tenth)),
    exact: (at: number | null | undefined) => or(at, (n) => exact.format(n)),
    day: (at: number | null | undefined) => or(at, (n) => day.format(n)),
    clock: (at: number | null | undefined) => or(at, (n) => clock.format(n)),
    ago: (at: number, now: number) => {
      const gap = at - now
      if (Math.abs(gap) > relativeLimitMs) return day.format(at)
      const [unit, length] = units.find(([, length]) => Math.abs(gap) >= length) ?? ['second', 1000]
      return relative.format(Math.trunc(gap / length), unit)
    },
  }
}
export type Format = ReturnType<typeof formats>

/** Numbers, times and sizes in the reader's language. */
export const useFormat = (): Format => {
  const { language } = useTexts()
  return useMemo(() => formats(language), [language])
}
