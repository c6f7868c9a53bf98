import type { Db, Tx } from '../kernel/db/tables.ts'
import type { RuleVerdict, WindowView } from './schemas.ts'
import { at, type WindowRow } from './tables.ts'

export type OfMonitor = { project: string; monitor: string }

const of = (db: Db, { project, monitor }: OfMonitor) =>
  at(db).selectFrom('monitorWindow').where('project', '=', project).where('monitor', '=', monitor)

export const toView = (row: WindowRow): WindowView => JSON.parse(row.view) as WindowView

export const windowStore = (db: Db) => ({
  find: (monitor: OfMonitor, id: string, from: Db = db): Promise<WindowRow | undefined> =>
    of(from, monitor).selectAll().where('id', '=', id).executeTakeFirst(),

  /** The newest windows, in order of time. */
  newest: async (monitor: OfMonitor, limit: number): Promise<WindowRow[]> =>
    (await of(db, monitor).selectAll().orderBy('fromAt', 'desc').limit(limit).execute()).toReversed(),

  count: async (monitor: OfMonitor): Promise<number> => {
    const row = await of(db, monitor)
      .select(({ fn }) => fn.countAll<number | string>().as('n'))
      .executeTakeFirst()
    return Number(row?.n ?? 0)
  },

  put: (tx: Tx, row: WindowRow) =>
    at(tx)
      .insertInto('monitorWindow')
      .values(row)
      .onConflict((conflict) => conflict.columns(['project', 'monitor', 'id']).doUpdateSet(row))
      .execute(),

  /** Verdicts of one rule in the windows before a moment (newest first) or from it on. Those that could not be judged are left out. */
  verdicts: async (
    tx: Tx,
    monitor: OfMonitor,
    { rule, before, after }: { rule: string; before?: number; after?: number },
  ): Promise<RuleVerdict['verdict'][]> => {
    let select = of(tx, monitor).selectAll().orderBy('fromAt', 'desc').limit(100)
    if (before !== undefined) select = select.where('fromAt', '<', before)
    if (after !== undefined) select = select.where('fromAt', '>', after)
    const rows = await select.execute()
    return rows
      .flatMap((row) => toView(row).rules.filter((verdict) => verdict.rule === rule))
      .map(({ verdict }) => verdict)
      .filter((verdict) => verdict === 'fine' || verdict === 'broken')
  },
})
export type WindowStore = ReturnType<typeof windowStore>
