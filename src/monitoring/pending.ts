import type { Target } from './alert.recording.ts'
import type { CaptureStore } from './captures.store.ts'
import { type Window, windowsBetween } from './windows.ts'

/** Windows of one monitor that something has touched and that may still need an evaluation. */
export type Pending = {
  version: number
  windows: Map<string, Window>
  /** Those of them that something has touched since they were last looked at. */
  fresh: Set<string>
  since: number
  /** Changes of exactly the moment `since` that were taken in already. */
  taken: Set<string>
  lookedAt: number
  watermark: number
}

/** Windows that wait (for labels, for quiet, after a failure) are looked at again this often when nothing touches them. */
const idleLookMs = 15_000

const empty = (version: number): Pending => ({
  version,
  windows: new Map(),
  fresh: new Set(),
  since: 0,
  taken: new Set(),
  lookedAt: 0,
  watermark: 0,
})

type Change = Awaited<ReturnType<CaptureStore['changedSince']>>[number]

const take = (mine: Pending, span: string, change: Change): void => {
  const key = `${change.segment}/${change.changedAt}/${change.labels}`
  if (mine.taken.has(key)) return
  if (change.changedAt > mine.since) mine.taken.clear()
  mine.since = Math.max(mine.since, change.changedAt)
  mine.taken.add(key)
  for (const window of windowsBetween(span, change.fromEvent, change.toEvent)) {
    mine.windows.set(window.id, window)
    mine.fresh.add(window.id)
  }
}

/**
 * Which windows there are to look at, from the captures that came or got labels since the last question. After a start, and after
 * a change of the definition, all captures count as new.
 */
export const pendingWindows = (captures: CaptureStore) => {
  const known = new Map<string, Pending>()

  return async (target: Target): Promise<Pending> => {
    const { body, name, version } = target.monitor
    const key = `${target.project}/${name}`
    const last = known.get(key)
    const mine = last?.version === version ? last : empty(version)
    known.set(key, mine)
    const of = { project: target.project, endpoint: body.endpoint }
    for (const change of await captures.changedSince(of, mine.since)) take(mine, body.window ?? 'day', change)
    return mine
  }
}

/**
 * Those worth a look now, in order of time: touched ones, ones that a later event has just closed, and now and then all of them.
 * A window that is still open costs nothing.
 */
export const windowsToLookAt = (mine: Pending, moment: { now: number; watermark: number }): Window[] => {
  const all = moment.now - mine.lookedAt >= idleLookMs
  const chosen = [...mine.windows.values()].filter(({ id, to }) => {
    if (moment.watermark < to && moment.now < to) return false
    const isJustClosed = mine.watermark < to && moment.watermark >= to
    return mine.fresh.delete(id) || isJustClosed || all
  })
  if (all) mine.lookedAt = moment.now
  mine.watermark = moment.watermark
  return chosen.sort((a, b) => a.from - b.from)
}
