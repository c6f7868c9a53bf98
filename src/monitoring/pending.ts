import type { Target } from './alert.recording.ts'
import type { CaptureStore } from './captures.store.ts'
import { type Window, windowsBetween } from './windows.ts'

/** Windows of one monitor that something has touched and that may still need an evaluation. */
export type Pending = { version: number; since: number; windows: Map<string, Window> }

/**
 * Which windows to look at, from the captures that came or got labels since the last question. After a start, and after a change
 * of the definition, all captures count as new.
 */
export const pendingWindows = (captures: CaptureStore) => {
  const known = new Map<string, Pending>()

  return async (target: Target): Promise<Pending> => {
    const { body, name, version } = target.monitor
    const key = `${target.project}/${name}`
    const last = known.get(key)
    const mine = last?.version === version ? last : { version, since: 0, windows: new Map<string, Window>() }
    known.set(key, mine)
    const changed = await captures.changedSince(
      { project: target.project, endpoint: body.endpoint },
      mine.since,
    )
    for (const { fromEvent, toEvent, changedAt } of changed) {
      for (const window of windowsBetween(body.window ?? 'day', fromEvent, toEvent))
        mine.windows.set(window.id, window)
      mine.since = Math.max(mine.since, changedAt)
    }
    return mine
  }
}
