import type { Db, Tx } from '../kernel/db/tables.ts'
import type { FiringView } from './contract.ts'
import { at, type FiringRow, type StateRow } from './tables.ts'

export type OfTrigger = { project: string; trigger: string }

const decisions = ['started', 'skipped', 'starting', 'failed'] as const

export const toFiring = (row: FiringRow): FiringView => ({
  id: row.id,
  trigger: row.trigger,
  at: row.at,
  source: row.source,
  decision: decisions.find((one) => one === row.decision) ?? 'failed',
  reason: row.reason,
  pipeline: row.pipeline,
  run: row.run,
  cause: row.causeSeq,
  slot: row.slot,
})

const running = ['started', 'starting'] as const

export const triggerStore = (db: Db) => {
  const firings = (from: Db, { project, trigger }: OfTrigger) =>
    at(from).selectFrom('triggerFiring').where('project', '=', project).where('trigger', '=', trigger)

  return {
    byCause: (tx: Tx, of: OfTrigger, cause: string): Promise<FiringRow | undefined> =>
      firings(tx, of).selectAll().where('cause', '=', cause).executeTakeFirst(),
    firing: (id: string, from: Db = db): Promise<FiringRow | undefined> =>
      at(from).selectFrom('triggerFiring').selectAll().where('id', '=', id).executeTakeFirst(),
    add: (tx: Tx, row: FiringRow) => at(tx).insertInto('triggerFiring').values(row).execute(),
    change: (tx: Tx, id: string, change: Partial<FiringRow>) =>
      at(tx).updateTable('triggerFiring').set(change).where('id', '=', id).execute(),

    /** Firings whose run is still to be started, oldest first. */
    starting: (): Promise<FiringRow[]> =>
      at(db)
        .selectFrom('triggerFiring')
        .selectAll()
        .where('decision', '=', 'starting')
        .orderBy('id')
        .execute(),
    setActive: (tx: Tx, run: string, isActive: boolean) =>
      at(tx)
        .updateTable('triggerFiring')
        .set({ isActive: isActive ? 1 : 0 })
        .where('run', '=', run)
        .execute(),

    lastStarted: (tx: Tx, of: OfTrigger) =>
      firings(tx, of)
        .select('at')
        .where('decision', 'in', running)
        .orderBy('at', 'desc')
        .limit(1)
        .executeTakeFirst(),
    active: (tx: Tx, of: OfTrigger) =>
      firings(tx, of)
        .select('run')
        .where('isActive', '=', 1)
        .orderBy('id', 'desc')
        .limit(1)
        .executeTakeFirst(),
    startedSince: async (tx: Tx, of: OfTrigger, since: number): Promise<number> => {
      const row = await firings(tx, of)
        .select(({ fn }) => fn.countAll<number | string>().as('n'))
        .where('decision', 'in', running)
        .where('at', '>', since)
        .executeTakeFirst()
      return Number(row?.n ?? 0)
    },
    hasStarted: async (tx: Tx, of: OfTrigger, run: string): Promise<boolean> =>
      (await firings(tx, of).select('id').where('run', '=', run).executeTakeFirst()) !== undefined,

    list: (
      of: OfTrigger,
      { limit, after }: { limit: number; after?: string | undefined },
    ): Promise<FiringRow[]> => {
      const select = firings(db, of).selectAll().orderBy('id', 'desc').limit(limit)
      return (after === undefined ? select : select.where('id', '<', after)).execute()
    },
    counts: async (of: OfTrigger): Promise<{ started: number; skipped: number }> => {
      const rows = await firings(db, of)
        .select(({ fn }) => ['decision', fn.countAll<number | string>().as('n')])
        .groupBy('decision')
        .execute()
      const count = (decision: string) => Number(rows.find((row) => row.decision === decision)?.n ?? 0)
      return { started: count('started') + count('starting'), skipped: count('skipped') + count('failed') }
    },

    state: ({ project, trigger }: OfTrigger, from: Db = db): Promise<StateRow | undefined> =>
      at(from)
        .selectFrom('triggerState')
        .selectAll()
        .where('project', '=', project)
        .where('trigger', '=', trigger)
        .executeTakeFirst(),
    setState: (tx: Tx, { project, trigger }: OfTrigger, change: Partial<StateRow>) =>
      at(tx)
        .insertInto('triggerState')
        .values({ project, trigger, isPaused: 0, secret: null, calendarAt: null, ...change })
        .onConflict((conflict) => conflict.columns(['project', 'trigger']).doUpdateSet(change))
        .execute(),
  }
}
export type TriggerStore = ReturnType<typeof triggerStore>
