import type { Kernel } from '../kernel/kernel.ts'
import { messageOf } from '../kernel/errors.ts'
import type { CaptureStore } from './captures.store.ts'
import { monitor as declared } from './definition.ts'
import type { EvaluatingService } from './evaluating.ts'
import { keyOf, type Target } from './alert.recording.ts'
import { isDue, type Seen } from './readiness.ts'
import { pendingWindows, windowsToLookAt } from './pending.ts'
import type { Turns } from './turns.ts'
import type { Window } from './windows.ts'
import { toView, type WindowStore } from './window.store.ts'

type Deps = {
  kernel: Kernel
  captures: CaptureStore
  windows: WindowStore
  evaluating: EvaluatingService
  turns: Turns
}

/** After this many failures in a row a window is left alone until something new comes for it. */
const mostFailures = 3

/**
 * Evaluates windows by themselves. What to look at follows from the captures that changed since the last round; after a start all
 * of them have. What was evaluated already is known from the stored windows, so nothing is lost or done twice by a restart.
 */
export const windowJob = ({ kernel, captures, windows, evaluating, turns }: Deps) => {
  const pending = pendingWindows(captures)
  const failures = new Map<string, number>()
  const stopping = new AbortController()

  const seenOf = async (target: Target, window: Window): Promise<Seen | undefined> => {
    const row = await windows.find(keyOf(target), window.id)
    return (
      row && {
        segments: row.seenSegments,
        labels: row.seenLabels,
        isWaiting: row.status === 'waiting',
        isClosed: toView(row).closed,
      }
    )
  }

  const consider = async (target: Target, window: Window, watermark: number): Promise<'done' | 'later'> => {
    const { body } = target.monitor
    const facts = await captures.facts({ project: target.project, endpoint: body.endpoint }, window)
    const seen = await seenOf(target, window)
    const isSettled =
      seen?.isClosed && !seen.isWaiting && seen.segments === facts.segments && seen.labels === facts.labels
    if (isSettled) return 'done'
    const moment = { now: kernel.clock.now(), watermark }
    if (!isDue(body, window, { facts, seen, moment })) return 'later'
    const stored = await turns.take(() => evaluating.evaluate({ target, window }, stopping.signal))
    return stored === undefined ? 'done' : 'later'
  }

  const tryWindow = async (target: Target, window: Window, watermark: number): Promise<'done' | 'later'> => {
    const key = `${target.project}/${target.monitor.name}/${window.id}`
    try {
      const outcome = await consider(target, window, watermark)
      failures.delete(key)
      return outcome
    } catch (error) {
      if (stopping.signal.aborted) return 'later'
      const count = (failures.get(key) ?? 0) + 1
      failures.set(key, count)
      kernel.log.error(
        { monitor: key, error: messageOf(error), attempt: count },
        'a window could not be evaluated',
      )
      if (count < mostFailures) return 'later'
      failures.delete(key)
      return 'done'
    }
  }

  const roundOf = async (target: Target): Promise<void> => {
    const of = { project: target.project, endpoint: target.monitor.body.endpoint }
    const mine = await pending(target)
    if (mine.windows.size === 0) return
    const moment = { now: kernel.clock.now(), watermark: await captures.watermark(of) }
    for (const window of windowsToLookAt(mine, moment)) {
      if (stopping.signal.aborted) return
      if ((await tryWindow(target, window, moment.watermark)) === 'done') mine.windows.delete(window.id)
    }
  }

  return {
    round: async (): Promise<void> => {
      for (const project of await kernel.definitions.projects())
        for (const monitor of await kernel.definitions.list(project, declared))
          await roundOf({ project, monitor })
    },
    stop: (): void => stopping.abort(),
  }
}
