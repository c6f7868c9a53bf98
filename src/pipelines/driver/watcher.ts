import { findCacheKey } from '../attempt.store.ts'
import { leaseMs, type Outcome } from '../machine/state.ts'
import type { Exit } from '../runner/executor.ts'
import { keepLog, outcomeOf } from './collect.ts'
import type { Desk, Place } from './desk.ts'

export type Watcher = {
  /** Asks the executor how an attempt does, and reports it. */
  look(id: string): Promise<void>
  /** Ends a process that belongs to no attempt any more, then removes what is left of it. */
  abandon(id: string): void
  clearAway(): Promise<void>
}

const lost: Outcome = {
  status: 'lost',
  error: {
    code: 'lost',
    message: 'The process is gone and left no result: its machine went down, or its runner was killed.',
  },
}

export const watcherOf = (desk: Desk, isBusy: (id: string) => boolean): Watcher => {
  const { executor, kernel, slots } = desk.deps
  const collecting = new Set<string>()
  const leftovers = new Set<string>()

  const collect = async (id: string, exit: Exit, { run, task, step }: Place) => {
    collecting.add(id)
    try {
      const { blobs, db } = kernel
      const outcome = await outcomeOf({ executor, blobs, id, task, exit })
      const isKept = outcome.status === 'succeeded' && task.cache
      const cacheKey = isKept ? await findCacheKey(db, run.record.id, step.name) : null
      await desk.report(id, outcome, { exit, log: await keepLog(executor, blobs, id), cacheKey })
      slots.release(id)
      if (!desk.isStopped()) await executor.remove(id)
    } finally {
      collecting.delete(id)
    }
  }

  const hear = async (id: string, { run, step }: Place) => {
    slots.occupy(id)
    const isFresh = step.leaseUntil !== null && step.leaseUntil - kernel.clock.now() > leaseMs / 2
    if (step.status === 'running' && isFresh) return
    const { name, token } = step
    await desk.runs.happen(run.record.id, { type: 'alive', step: name, token, phase: 'running' })
  }

  const lose = async (id: string) => {
    slots.release(id)
    const log = await keepLog(executor, kernel.blobs, id)
    await desk.report(id, lost, { exit: null, log, cacheKey: null })
    leftovers.add(id)
  }

  return {
    async look(id) {
      const found = await executor.poll(id)
      const place = desk.placeOf(id)
      if (!place || collecting.has(id)) return
      if (found.state === 'ended') await collect(id, found.exit, place)
      else if (found.state === 'running') await hear(id, place)
      else if (found.state === 'lost') await lose(id)
      else if (found.state === 'absent' && place.step.status === 'running' && !isBusy(id)) await lose(id)
    },
    abandon: (id) => void leftovers.add(id),
    async clearAway() {
      for (const id of leftovers) {
        const { state } = await executor.poll(id)
        if (state === 'running' || state === 'starting') await executor.cancel(id)
        else {
          await executor.remove(id)
          leftovers.delete(id)
        }
      }
    },
  }
}
