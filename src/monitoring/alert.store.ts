import type { Db, Tx } from '../kernel/db/tables.ts'
import type { AlertView } from './schemas.ts'
import { type AlertRow, at } from './tables.ts'
import type { OfMonitor } from './window.store.ts'

export type AlertQuery = {
  project: string
  status?: 'open' | 'resolved' | undefined
  monitor?: string | undefined
  limit: number
  after?: string | undefined
}

export const toAlert = (row: AlertRow): AlertView => ({
  id: row.id,
  monitor: row.monitor,
  endpoint: row.endpoint,
  rule: row.rule,
  status: row.isOpen === 1 ? 'open' : 'resolved',
  value: row.value,
  limit: row.limitValue,
  direction: row.direction === 'below' ? 'below' : 'above',
  window: { id: row.windowId, from: row.windowFrom, to: row.windowTo },
  version: row.version,
  drifted: JSON.parse(row.drifted) as string[],
  raisedAt: row.raisedAt,
  raisedSeq: row.raisedSeq,
  windows: row.windows,
  lastValue: row.lastValue,
  lastWindow: row.lastWindow,
  resolvedAt: row.resolvedAt,
  resolvedWindow: row.resolvedWindow,
  acknowledgedAt: row.acknowledgedAt,
  acknowledgedBy:
    row.acknowledgedBy === null ? null : (JSON.parse(row.acknowledgedBy) as AlertView['acknowledgedBy']),
  note: row.note,
})

export const alertStore = (db: Db) => ({
  find: (
    { project, alert }: { project: string; alert: string },
    from: Db = db,
  ): Promise<AlertRow | undefined> =>
    at(from)
      .selectFrom('alert')
      .selectAll()
      .where('project', '=', project)
      .where('id', '=', alert)
      .executeTakeFirst(),

  /** The newest alert of a rule, open or not. Ids grow with time. */
  last: (tx: Tx, { project, monitor }: OfMonitor, rule: string): Promise<AlertRow | undefined> =>
    at(tx)
      .selectFrom('alert')
      .selectAll()
      .where('project', '=', project)
      .where('monitor', '=', monitor)
      .where('rule', '=', rule)
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst(),

  open: async ({ project, monitor }: OfMonitor): Promise<number> => {
    const row = await at(db)
      .selectFrom('alert')
      .select(({ fn }) => fn.countAll<number | string>().as('n'))
      .where('project', '=', project)
      .where('monitor', '=', monitor)
      .where('isOpen', '=', 1)
      .executeTakeFirst()
    return Number(row?.n ?? 0)
  },

  list: ({ project, status, monitor, limit, after }: AlertQuery): Promise<AlertRow[]> => {
    let select = at(db).selectFrom('alert').selectAll().where('project', '=', project)
    if (status !== undefined) select = select.where('isOpen', '=', status === 'open' ? 1 : 0)
    if (monitor !== undefined) select = select.where('monitor', '=', monitor)
    if (after !== undefined) select = select.where('id', '<', after)
    return select.orderBy('id', 'desc').limit(limit).execute()
  },

  add: (tx: Tx, row: AlertRow) => at(tx).insertInto('alert').values(row).execute(),

  change: (tx: Tx, id: string, change: Partial<AlertRow>) =>
    at(tx).updateTable('alert').set(change).where('id', '=', id).execute(),
})
export type AlertStore = ReturnType<typeof alertStore>
