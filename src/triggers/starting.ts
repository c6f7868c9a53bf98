import { isAppError, messageOf } from '../kernel/errors.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { Actor, FiringService } from './firing.ts'
import type { TriggerStore } from './store.ts'
import type { FiringRow } from './tables.ts'

/** What triggers ask of the room of pipelines. */
export type PipelinesPort = {
  /**
   * Starts a run under this id; asked again with the same one, the run that is there is given.
   * Throws `invalid`, `not_found` or `conflict` when such a run can never start.
   */
  start(given: {
    id: string
    /** Sequence of the event that it follows from. */
    cause: number | null
    project: string
    pipeline: string
    parameters: Record<string, unknown>
    label: string
    actor: Actor
  }): Promise<{ id: string }>
}

type Deps = { kernel: Kernel; store: TriggerStore; firings: FiringService; pipelines: PipelinesPort }

const isFinal = (error: unknown): boolean =>
  isAppError(error) &&
  ['invalid', 'not_found', 'conflict', 'forbidden', 'not_implemented'].includes(error.code)

/** A firing has one run, whose id follows from its own: so starting it again after a crash starts nothing twice. */
const runIdOf = ({ id }: FiringRow): string => id.replace(/^[a-z]+_/, 'prun_')

/** Starts the runs of firings that were decided: again after a crash or a failure, until it is settled. */
export const starter = ({ kernel, store, firings, pipelines }: Deps) => {
  const underWay = new Map<string, Promise<FiringRow>>()

  const start = async (row: FiringRow): Promise<FiringRow> => {
    try {
      const { id } = await pipelines.start({
        id: runIdOf(row),
        cause: row.causeSeq,
        project: row.project,
        pipeline: row.pipeline,
        parameters: JSON.parse(row.parameters) as Record<string, unknown>,
        label: `trigger ${row.trigger}`,
        actor: JSON.parse(row.actor) as Actor,
      })
      return (await firings.settle(row.id, { run: id })) ?? row
    } catch (error) {
      if (!isFinal(error)) throw error
      return (await firings.settle(row.id, { why: messageOf(error) })) ?? row
    }
  }

  /** One at a time for each firing: a caller who fires and the loop may meet. */
  const startOnce = async (row: FiringRow): Promise<FiringRow> => {
    if (row.decision !== 'starting') return row
    const running = underWay.get(row.id) ?? start(row).finally(() => underWay.delete(row.id))
    underWay.set(row.id, running)
    return running
  }

  return {
    start: startOnce,
    /** Every firing that waits for its run. One that fails for now is tried in the next round, the others go on. */
    round: async (): Promise<void> => {
      for (const row of await store.starting()) {
        try {
          await startOnce(row)
        } catch (error) {
          kernel.log.warn({ firing: row.id, error: messageOf(error) }, 'a run could not be started yet')
        }
      }
    },
  }
}
export type Starter = ReturnType<typeof starter>
