import { isAppError, messageOf } from '../kernel/errors.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { runStarted } from '../pipelines/contract.ts'
import type { Actor, FiringService } from './firing.ts'
import type { TriggerStore } from './store.ts'
import type { FiringRow } from './tables.ts'

/** What triggers ask of the room of pipelines. */
export type PipelinesPort = {
  /**
   * Starts a run and answers with its id. `pipeline.run.started` tells of it, with the label, in the transaction that makes it.
   * Throws `invalid`, `not_found` or `conflict` when such a run can never start.
   */
  start(given: {
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

/** Names the firing, so that a run can be found again by the firing it belongs to. */
const labelOf = ({ trigger, id }: FiringRow): string => `trigger ${trigger}, ${id}`

/**
 * Starts the runs of firings that were decided. A run and its event are made in one transaction and the event carries the firing in
 * its label; so after a crash or a failure the ledger says whether the run is there, and only if not it is started again.
 */
export const starter = ({ kernel, store, firings, pipelines }: Deps) => {
  const underWay = new Map<string, Promise<FiringRow>>()

  const runOf = async (row: FiringRow): Promise<string | undefined> => {
    const label = labelOf(row)
    for (let before: number | undefined; ;) {
      const events = await kernel.ledger.read({
        project: row.project,
        types: [runStarted.type],
        newestFirst: true,
        limit: 200,
        before,
      })
      const found = events.find(({ data }) => (data as { label: string | null }).label === label)
      if (found) return (found.data as { run: string }).run
      before = events.at(-1)?.seq
      // The run is younger than the firing.
      if (before === undefined || (events.at(-1)?.at ?? 0) < row.at - clockSkewMs) return undefined
    }
  }

  const start = async (row: FiringRow): Promise<FiringRow> => {
    const known = await runOf(row)
    if (known !== undefined) return (await firings.settle(row.id, { run: known })) ?? row
    try {
      const { id } = await pipelines.start({
        project: row.project,
        pipeline: row.pipeline,
        parameters: JSON.parse(row.parameters) as Record<string, unknown>,
        label: labelOf(row),
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

/** The ledger's times never run back; those of a firing may, by as much as a clock is set back. */
const clockSkewMs = 86_400_000
