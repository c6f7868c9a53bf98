import { messageOf } from '../../kernel/errors.ts'
import { attemptId } from '../attempt.store.ts'
import { isInFlight, type Effect } from '../machine/state.ts'
import { openRuns } from '../run.store.ts'
import { deskOf } from './desk.ts'
import type { LaunchDeps } from './launch.ts'
import { openRunsOf, type OpenRun, type OpenRuns } from './runs.ts'
import { starterOf } from './starter.ts'
import { watcherOf } from './watcher.ts'

export type Driver = {
  runs: OpenRuns
  /** Takes up the runs that went on when the last server ended, and clears away processes that belong to none. */
  resume(): Promise<void>
  /** Looks at the clock and at all attempts. */
  round(): Promise<void>
  stop(): Promise<void>
}

/** Joins the machine to the world: performs its effects, watches the attempts and reports what becomes of them. */
export const runDriver = (deps: LaunchDeps): Driver => {
  const { kernel, executor, slots } = deps
  const runs = openRunsOf(kernel, (run, effects) => perform(run, effects))
  const desk = deskOf(deps, runs)
  const starter = starterOf(desk)
  const watcher = watcherOf(desk, (id) => starter.isBusy(id))

  const stopAttempt = async (id: string) => {
    if (await starter.stopAction(id)) return
    await executor.cancel(id)
    slots.release(id)
    if (desk.placeOf(id)) await watcher.look(id)
    else watcher.abandon(id)
  }

  const perform = (run: OpenRun, effects: readonly Effect[]) => {
    for (const { type, token } of effects) {
      const id = attemptId(run.record.id, token)
      if (type === 'launch') desk.background('an attempt could not be launched', starter.launch(id))
      else desk.background('an attempt could not be stopped', stopAttempt(id))
    }
  }

  const watchRun = async (id: string) => {
    await runs.happen(id, { type: 'tick' })
    for (const step of Object.values(runs.get(id)?.state.steps ?? {})) {
      if (!isInFlight(step)) continue
      const { name, token } = step
      const attempt = attemptId(id, token)
      if (starter.isBusy(attempt))
        await runs.happen(id, { type: 'alive', step: name, token, phase: 'starting' })
      else await watcher.look(attempt)
    }
  }

  executor.onEnd((id) => {
    if (!desk.isStopped()) desk.background('an ended attempt could not be collected', watcher.look(id))
  })

  return {
    runs,
    async resume() {
      for (const id of await openRuns(kernel.db)) await runs.open(id)
      for (const id of await executor.adopt()) {
        if (!desk.placeOf(id)) watcher.abandon(id)
        else if ((await executor.poll(id)).state === 'running') slots.occupy(id)
      }
      for (const id of runs.ids()) await runs.happen(id, { type: 'resumed' })
    },
    async round() {
      if (desk.isStopped()) return
      for (const id of runs.ids())
        await watchRun(id).catch((error: unknown) => {
          // The others must not wait for the trouble of one.
          kernel.log.error({ run: id, error: messageOf(error) }, 'a run could not be looked after')
        })
      await watcher.clearAway()
    },
    async stop() {
      starter.stopAll()
      await desk.stop()
    },
  }
}
