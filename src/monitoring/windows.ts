import { durationMs } from '../kernel/duration.ts'

export type Window = { id: string; from: number; to: number }

const dayMs = 86_400_000
/** 1970-01-01 was a Thursday; weeks are counted from the Monday before. */
const firstMondayMs = -3 * dayMs

const fixedLengthMs = (span: string): number => {
  if (span === 'hour') return 3_600_000
  if (span === 'day') return dayMs
  return span === 'week' ? 7 * dayMs : durationMs(span)
}

const isoText = (at: number, span: string): string => {
  const text = new Date(at).toISOString()
  if (span === 'month') return text.slice(0, 7)
  const isHourly = span === 'hour' || span.endsWith('h')
  return isHourly ? text.slice(0, 13) : text.slice(0, 10)
}

/** The window of this span that holds a moment. Months and days are UTC; a number of days or hours is counted from 1970. */
export const windowAt = (span: string, at: number): Window => {
  if (span === 'month') {
    const moment = new Date(at)
    const from = Date.UTC(moment.getUTCFullYear(), moment.getUTCMonth())
    return { id: isoText(from, span), from, to: Date.UTC(moment.getUTCFullYear(), moment.getUTCMonth() + 1) }
  }
  const length = fixedLengthMs(span)
  const start = span === 'week' ? firstMondayMs : 0
  const from = start + Math.floor((at - start) / length) * length
  return { id: isoText(from, span), from, to: from + length }
}

/** More windows than this in one question are refused or cut; a year of hours fits. */
export const mostWindows = 10_000

/** All windows that touch the span of time, both ends included, in order. */
export const windowsBetween = (span: string, from: number, to: number): Window[] => {
  const found: Window[] = []
  for (let at = from; at <= to && found.length < mostWindows;) {
    const window = windowAt(span, at)
    found.push(window)
    at = window.to
  }
  return found
}
