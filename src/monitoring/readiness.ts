import type { Monitor } from './definition.ts'
import { durationMs } from '../kernel/duration.ts'
import type { Window } from './windows.ts'

/** What is known of a window without reading a row. Counts are of whole segments, so those on a border count in both windows. */
export type WindowFacts = {
  segments: number
  rows: number
  labels: number
  /** When its last capture arrived, and when anything last changed. */
  capturedAt: number
  changedAt: number
}

/** What the last evaluation of the window had seen. */
export type Seen = { segments: number; labels: number; isWaiting: boolean; isClosed: boolean }

export type Moment = { now: number; watermark: number }

const defaults = { settle: '1h', wait: '7d', share: 0.8 }
/** Late labels are taken in when they are this share of the window, or when none has come for `quietMs`. */
const notableShare = 0.05
const quietMs = 60_000

/** Has event time passed the window's end, or is its end past and nothing has come for long? */
export const isClosed = (
  body: Monitor,
  window: Window,
  { facts, moment }: { facts: WindowFacts; moment: Moment },
): boolean => {
  if (moment.watermark >= window.to) return true
  const settled = moment.now - facts.capturedAt >= durationMs(body.settle ?? defaults.settle)
  return moment.now >= window.to && settled
}

/** Are there enough labels to judge, or has waiting for more gone on for long enough? */
export const isLabelled = (body: Monitor, facts: WindowFacts, now: number): boolean => {
  const share = facts.rows === 0 ? 0 : facts.labels / facts.rows
  if (share >= (body.labels?.share ?? defaults.share)) return true
  return now - facts.capturedAt >= durationMs(body.labels?.wait ?? defaults.wait)
}

/**
 * Is it time to evaluate? At once when a window closes, so that drift is known before labels come; again when its labels are
 * there; again when captures or labels came late.
 */
export const isDue = (
  body: Monitor,
  window: Window,
  state: { facts: WindowFacts; seen: Seen | undefined; moment: Moment },
): boolean => {
  const { facts, seen, moment } = state
  if (facts.segments === 0 || !isClosed(body, window, { facts, moment })) return false
  if (!seen || !seen.isClosed || facts.segments !== seen.segments) return true
  if (seen.isWaiting && isLabelled(body, facts, moment.now)) return true
  const added = facts.labels - seen.labels
  if (added <= 0) return false
  if (seen.isWaiting) return false
  return added >= facts.rows * notableShare || moment.now - facts.changedAt >= quietMs
}
