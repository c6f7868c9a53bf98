import { type History, releaseKey, type RolloutRecord } from '../history/history.ts'
import type { Facts } from '../measure/facts.ts'
import { count, dayMs, duration, median, quantile } from '../measure/finding.ts'
import { newReleases, rolloutsByRelease } from '../measure/select.ts'
import type { Figure } from '../schemas.ts'

export const deliveryWindowDays = 90
const weekMs = 7 * dayMs

export type Row = Figure['rows'][number]
export type Given = { history: History; facts: Facts; now: number }

export const inWindow = ({ at }: Row, now: number): boolean =>
  at >= now - deliveryWindowDays * dayMs && at <= now

export const newest = (rows: readonly Row[]): Row[] => rows.toSorted((a, b) => a.at - b.at).slice(-100)

export const seqsOf = (...records: readonly ({ seq: number } | undefined)[]): number[] =>
  records.flatMap((record) => (record ? [record.seq] : []))

export type Completed = { rollout: RolloutRecord; end: NonNullable<RolloutRecord['end']> }

/** Rollouts of new versions that reached all traffic. */
export const completed = ({ history }: Given): Completed[] => {
  const rollouts = rolloutsByRelease(history)
  return newReleases(history).flatMap((release) => {
    const rollout = rollouts.get(releaseKey(release.endpoint, release.release))
    return rollout?.end?.outcome === 'completed' ? [{ rollout, end: rollout.end }] : []
  })
}

type Timed = { id: Figure['id']; title: string; rows: Row[]; noun: string; what: string; nothing: string }

export const timed = ({ id, title, rows, noun, what, nothing }: Timed): Figure => {
  const values = rows.flatMap(({ value }) => value ?? [])
  const value = median(values)
  return {
    id,
    title,
    unit: 'ms',
    value,
    p90: quantile(values, 0.9),
    n: values.length,
    interval: null,
    sentence:
      value === null
        ? nothing
        : `${duration(value)} ${what} (median of ${count(values.length, noun)} in ${deliveryWindowDays} days).`,
    rows: newest(rows),
  }
}

type Paced = { id: Figure['id']; title: string; rows: Row[]; noun: string; nothing: string }

/** Per week of the time that was observed, at least one: a day’s work is never blown up to a week’s. */
export const paced = (given: Given, { id, title, rows, noun, nothing }: Paced): Figure => {
  const observedMs = Math.min(
    Math.max(given.now - (given.history.firstAt ?? given.now), weekMs),
    deliveryWindowDays * dayMs,
  )
  const days = new Set(rows.map(({ at }) => Math.floor(at / dayMs))).size
  return {
    id,
    title,
    unit: 'per week',
    value: rows.length === 0 ? null : rows.length / (observedMs / weekMs),
    p90: null,
    n: rows.length,
    interval: null,
    sentence:
      rows.length === 0
        ? nothing
        : `${count(rows.length, noun)} on ${count(days, 'day')} in ${count(Math.round(observedMs / dayMs), 'day')}.`,
    rows: newest(rows),
  }
}
