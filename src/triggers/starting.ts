import { isAppError, messageOf } from '../kernel/errors.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { Actor, FiringService } from './firing.ts'
import type { TriggerStore } from './store.ts'
import type { FiringRow } from './tables.ts'

/** What triggers ask of the room of pipelines. */
export type PipelinesPort = {
  /**
   * Starts a run under this id. Asked again with the same id it changes nothing. Throws `invalid`, `not_found` or `conflict` when
   * such a run can never start.
   */
  start(given: {
    id: string
    project: string
    pipeline: string
    parameters: Record<string, unknown>
    label: string
    cause: number | null
    actor: Actor
  }): Promise<unknown>
}

type Deps = { kernel: Kernel; store: TriggerStore; firings: FiringService; pipelines: PipelinesPort }

const isFinal = (error: unknown): boolean =>
  isAppError(error) &&
  ['invalid', 'not_found', 'conflict', 'forbidden', 'not_implemented'].includes(error.code)

/** Starts the runs of firings that were decided: again after a crash or a failure, under the same id, until it is settled. */
export const starter = ({ kernel, store, firings, pipelines }: Deps) => {
  const start = async (row: FiringRow): Promise<FiringRow> => {
    if (row.decision !== 'starting' || row.run === null) return row
    try {
      await pipelines.start({
        id: row.run,
        project: row.project,
        pipeline: row.pipeline,
        parameters: JSON.parse(row.parameters) as Record<string, unknown>,
        label: `trigger ${row.trigger}`,
        cause: row.causeSeq,
        actor: JSON.parse(row.actor) as Actor,
      })
    } catch (error) {
      if (!isFinal(error)) throw error
      return (await firings.settle(row.id, { decision: 'failed', why: messageOf(error) })) ?? row
    }
    return (await firings.settle(row.id, { decision: 'started' })) ?? row
  }

  return {
    start,
    /** Every firing that waits for its run. One that fails for now is tried in the next round, the others go on. */
    round: async (): Promise<void> => {
      for (const row of await store.starting()) {
        try {
          await start(row)
        } catch (error) {
          kernel.log.warn({ firing: row.id, error: messageOf(error) }, 'a run could not be started yet')
        }
      }
    },
  }
}
export type Starter = ReturnType<typeof starter>
