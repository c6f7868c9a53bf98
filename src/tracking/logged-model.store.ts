import { sql } from 'kysely'
import type { Db, Tx } from '../kernel/db/tables.ts'
import type { Filter } from './search/filter.ts'
import type { Order } from './search/order.ts'
import { searchPage } from './search/page.ts'
import type { Source } from './search/sql.ts'
import { at, type LoggedModelMetricRow, type LoggedModelRow } from './tables.ts'

const keyedBy = (table: string) => ({ table, on: { model: sql.ref('r.id') } })

const source: Source = {
  attributes: {
    name: { column: sql.ref('r.name') },
    model_id: { column: sql.ref('r.id') },
    model_type: { column: sql.ref('r.modelType') },
    status: { column: sql.ref('r.status'), lower: true },
    source_run_id: { column: sql.ref('r.sourceRun'), nullable: true },
    creation_timestamp: { column: sql.ref('r.createdAt'), numeric: true },
    creation_time: { column: sql.ref('r.createdAt'), numeric: true },
    last_updated_timestamp: { column: sql.ref('r.updatedAt'), numeric: true },
  },
  keyed: {
    // A key may have been measured by many runs on many datasets: the best of them stands for the model.
    metric: keyedBy(
      '(select model, key, max(value) as value, min(is_nan) as is_nan from tracking_logged_model_metric group by model, key)',
    ),
    param: keyedBy('tracking_logged_model_param'),
    tag: keyedBy('tracking_logged_model_tag'),
  },
  natural: [
    { column: sql.ref('r.createdAt'), direction: 'desc' },
    { column: sql.ref('r.id'), direction: 'asc' },
  ],
}

export type LoggedModelSearch = {
  project: string
  experiments: readonly string[]
  filter: Filter | undefined
  order: readonly Order[]
  limit: number
  after: string | undefined
}

export const insertLoggedModel = (tx: Tx, row: LoggedModelRow) =>
  at(tx).insertInto('trackingLoggedModel').values(row).execute()

export const findLoggedModel = (db: Db, project: string, id: string): Promise<LoggedModelRow | undefined> =>
  at(db)
    .selectFrom('trackingLoggedModel')
    .selectAll()
    .where('id', '=', id)
    .where('project', '=', project)
    .where('deletedAt', 'is', null)
    .executeTakeFirst()

export const updateLoggedModel = (tx: Tx, id: string, change: Partial<LoggedModelRow>) =>
  at(tx).updateTable('trackingLoggedModel').set(change).where('id', '=', id).execute()

const setPairs = async (
  tx: Tx,
  table: 'trackingLoggedModelTag' | 'trackingLoggedModelParam',
  rows: readonly { model: string; key: string; value: string }[],
) => {
  for (const row of rows)
    await at(tx)
      .insertInto(table)
      .values(row)
      .onConflict((conflict) => conflict.columns(['model', 'key']).doUpdateSet({ value: row.value }))
      .execute()
}

type Pairs = Readonly<Record<string, string>>
const rowsOf = (model: string, pairs: Pairs) =>
  Object.entries(pairs).map(([key, value]) => ({ model, key, value }))

export const setLoggedModelTags = (tx: Tx, model: string, tags: Pairs) =>
  setPairs(tx, 'trackingLoggedModelTag', rowsOf(model, tags))

export const setLoggedModelParams = (tx: Tx, model: string, params: Pairs) =>
  setPairs(tx, 'trackingLoggedModelParam', rowsOf(model, params))

export const deleteLoggedModelTag = (tx: Tx, model: string, key: string) =>
  at(tx).deleteFrom('trackingLoggedModelTag').where('model', '=', model).where('key', '=', key).execute()

export const addLoggedModelMetrics = async (tx: Tx, rows: readonly LoggedModelMetricRow[]) => {
  for (const row of rows)
    await at(tx)
      .insertInto('trackingLoggedModelMetric')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .execute()
}

export const searchLoggedModels = (db: Db, search: LoggedModelSearch) =>
  searchPage<LoggedModelRow>(at(db), {
    table: 'tracking_logged_model',
    identity: sql.raw('r.*'),
    source,
    within: [
      sql`r.project = ${search.project}`,
      sql`r.experiment in (${sql.join([...search.experiments])})`,
      sql`r.deleted_at is null`,
    ],
    filter: search.filter,
    order: search.order,
    limit: search.limit,
    after: search.after,
  })

export type LoggedModelData = {
  metrics: LoggedModelMetricRow[]
  params: Record<string, string>
  tags: Record<string, string>
}

export const dataOfLoggedModels = async (
  db: Db,
  ids: readonly string[],
): Promise<Map<string, LoggedModelData>> => {
  const found = new Map<string, LoggedModelData>(ids.map((id) => [id, { metrics: [], params: {}, tags: {} }]))
  if (ids.length === 0) return found
  const models = [...ids]
  const metrics = at(db).selectFrom('trackingLoggedModelMetric').selectAll().where('model', 'in', models)
  for (const row of await metrics.execute()) found.get(row.model)?.metrics.push(row)
  for (const [table, into] of [
    ['trackingLoggedModelParam', 'params'],
    ['trackingLoggedModelTag', 'tags'],
  ] as const) {
    const rows = await at(db)
      .selectFrom(table)
      .selectAll()
      .where('model', 'in', models)
      .orderBy('key')
      .execute()
    for (const { model, key, value } of rows) Object.assign(found.get(model)?.[into] ?? {}, { [key]: value })
  }
  return found
}
