import { type CompiledQuery, sql } from 'kysely'
import type { Db, Tx } from '../kernel/db/tables.ts'
import { latestByKey, type StoredPoint } from './metric.ts'
import { at, type MetricRow } from './tables.ts'

/** Rows of one insert. Larger ones gain nothing here, and 7 values a row stay below every limit on bound values. */
const rowsPerInsert = 250

const columns = ['run', 'key', 'value', 'isNan', 'step', 'timestamp'] as const
const compiled = new Map<number, CompiledQuery>()

/**
 * The hot path. Building a statement of a thousand rows anew costs several times what SQLite needs to run it,
 * so its text is compiled once for each number of rows and only the values change.
 */
const insertOf = (tx: Tx, points: readonly MetricRow[]): CompiledQuery => {
  const known =
    compiled.get(points.length) ??
    at(tx)
      .insertInto('trackingMetric')
      .columns([...columns])
      .values([...points])
      .onConflict((conflict) => conflict.doNothing())
      .compile()
  compiled.set(points.length, known)
  return { ...known, parameters: points.flatMap((point) => columns.map((column) => point[column])) }
}

/** Keeps points; the same point again is kept once. */
const insertPoints = async (tx: Tx, points: readonly MetricRow[]) => {
  for (let start = 0; start < points.length; start += rowsPerInsert)
    await at(tx).executeQuery(insertOf(tx, points.slice(start, start + rowsPerInsert)))
}

const raiseLatest = async (tx: Tx, points: readonly MetricRow[]) => {
  const latest = latestByKey(points)
  for (let start = 0; start < latest.length; start += rowsPerInsert)
    await at(tx)
      .insertInto('trackingLatestMetric')
      .values(latest.slice(start, start + rowsPerInsert))
      .onConflict((conflict) =>
        conflict
          .columns(['run', 'key'])
          .doUpdateSet((eb) => ({
            value: eb.ref('excluded.value'),
            isNan: eb.ref('excluded.isNan'),
            step: eb.ref('excluded.step'),
            timestamp: eb.ref('excluded.timestamp'),
          }))
          .where(
            sql<boolean>`(excluded.step, excluded.timestamp, excluded.value) >
              (tracking_latest_metric.step, tracking_latest_metric.timestamp, tracking_latest_metric.value)`,
          ),
      )
      .execute()
}

export const addMetrics = async (tx: Tx, points: readonly MetricRow[]) => {
  if (points.length === 0) return
  await insertPoints(tx, points)
  await raiseLatest(tx, points)
}

export type HistoryQuery = { run: string; key: string; from?: number; to?: number }
export type HistoryPage = { after?: StoredPoint | undefined; limit: number }

const historyOf = (db: Db, { run, key, from, to }: HistoryQuery) => {
  let query = at(db).selectFrom('trackingMetric').where('run', '=', run).where('key', '=', key)
  if (from !== undefined) query = query.where('step', '>=', from)
  if (to !== undefined) query = query.where('step', '<=', to)
  return query
}

/** Points of one metric in order of step, then time; after a point, so that pages do not shift. */
export const readHistory = (
  db: Db,
  history: HistoryQuery,
  { after, limit }: HistoryPage,
): Promise<StoredPoint[]> => {
  let query = historyOf(db, history)
  if (after)
    query = query.where(
      sql<boolean>`(step, timestamp, value, is_nan) > (${after.step}, ${after.timestamp}, ${after.value}, ${after.isNan})`,
    )
  return query
    .select(['value', 'isNan', 'step', 'timestamp'])
    .orderBy('step')
    .orderBy('timestamp')
    .orderBy('value')
    .orderBy('isNan')
    .limit(limit)
    .execute()
}

export const countHistory = async (db: Db, history: HistoryQuery): Promise<number> => {
  const row = await historyOf(db, history)
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirst()
  return row?.total ?? 0
}
