import { sql } from 'kysely'
import type { Db, Tx } from '../kernel/db/tables.ts'
import type { Filter } from './search/filter.ts'
import type { Order } from './search/order.ts'
import { searchPage } from './search/page.ts'
import type { Source } from './search/sql.ts'
import { at, type MetricRow, type PairRow, type RunRow } from './tables.ts'

const keyedBy = (table: string) => ({ table, on: { run: sql.ref('r.id') } })

const source: Source = {
  attributes: {
    run_id: { column: sql.ref('r.id') },
    run_name: { column: sql.ref('r.name') },
    status: { column: sql.ref('r.status'), lower: true },
    user_id: { column: sql.ref('r.userName') },
    experiment_id: { column: sql.ref('r.experiment') },
    pipeline_run: { column: sql.ref('r.pipelineRun'), nullable: true },
    start_time: { column: sql.ref('r.startedAt'), numeric: true },
    end_time: { column: sql.ref('r.endedAt'), numeric: true, nullable: true },
  },
  keyed: {
    metric: keyedBy('tracking_latest_metric'),
    param: keyedBy('tracking_param'),
    tag: keyedBy('tracking_tag'),
  },
  dataset: (key, test) =>
    sql<boolean>`exists (select 1 from tracking_input i join tracking_dataset d on d.id = i.dataset
      where i.run = r.id and ${test(sql.raw(key === 'context' ? 'i.context' : `d.${key === 'name' ? 'name' : 'digest'}`))})`,
  natural: [
    { column: sql.ref('r.startedAt'), direction: 'desc' },
    { column: sql.ref('r.id'), direction: 'asc' },
  ],
}

export type RunSearch = {
  project: string
  experiments: readonly string[] | undefined
  pipelineRun: string | undefined
  lifecycle: 'active' | 'deleted' | 'all'
  filter: Filter | undefined
  order: readonly Order[]
  limit: number
  after: string | undefined
}

export const insertRun = (tx: Tx, row: RunRow) => at(tx).insertInto('trackingRun').values(row).execute()

export const findRun = (db: Db, project: string, id: string): Promise<RunRow | undefined> =>
  at(db)
    .selectFrom('trackingRun')
    .selectAll()
    .where('id', '=', id)
    .where('project', '=', project)
    .executeTakeFirst()

export const findRunOfPipeline = (
  db: Db,
  project: string,
  pipelineRun: string,
): Promise<RunRow | undefined> =>
  at(db)
    .selectFrom('trackingRun')
    .selectAll()
    .where('project', '=', project)
    .where('pipelineRun', '=', pipelineRun)
    .orderBy('id')
    .executeTakeFirst()

export const updateRun = (tx: Tx, id: string, change: Partial<RunRow>) =>
  at(tx).updateTable('trackingRun').set(change).where('id', '=', id).execute()

export const searchRuns = (db: Db, search: RunSearch) =>
  searchPage<RunRow>(at(db), {
    table: 'tracking_run',
    identity: sql.raw('r.*'),
    source,
    within: [
      sql`r.project = ${search.project}`,
      ...(search.experiments === undefined
        ? []
        : [sql`r.experiment in (${sql.join([...search.experiments])})`]),
      ...(search.pipelineRun === undefined ? [] : [sql`r.pipeline_run = ${search.pipelineRun}`]),
      ...(search.lifecycle === 'all' ? [] : [sql`r.lifecycle = ${search.lifecycle}`]),
    ],
    filter: search.filter,
    order: search.order,
    limit: search.limit,
    after: search.after,
  })

export type RunData = { metrics: MetricRow[]; params: PairRow[]; tags: PairRow[] }

/** Keeps the number of bound values of one statement far below the smallest limit (32,766). */
const runsPerRead = 500

const readData = async (db: Db, ids: readonly string[]): Promise<RunData> => {
  const runs = [...ids]
  const metrics = await at(db)
    .selectFrom('trackingLatestMetric')
    .selectAll()
    .where('run', 'in', runs)
    .execute()
  const params = await at(db).selectFrom('trackingParam').selectAll().where('run', 'in', runs).execute()
  const tags = await at(db).selectFrom('trackingTag').selectAll().where('run', 'in', runs).execute()
  return { metrics, params, tags }
}

/** Latest metrics, parameters and tags of many runs, in few statements. */
export const dataOfRuns = async (db: Db, ids: readonly string[]): Promise<Map<string, RunData>> => {
  const found = new Map<string, RunData>(ids.map((id) => [id, { metrics: [], params: [], tags: [] }]))
  for (let start = 0; start < ids.length; start += runsPerRead) {
    const read = await readData(db, ids.slice(start, start + runsPerRead))
    for (const metric of read.metrics) found.get(metric.run)?.metrics.push(metric)
    for (const param of read.params) found.get(param.run)?.params.push(param)
    for (const tag of read.tags) found.get(tag.run)?.tags.push(tag)
  }
  return found
}

export const setTags = async (tx: Tx, run: string, tags: readonly { key: string; value: string }[]) => {
  for (const { key, value } of tags)
    await at(tx)
      .insertInto('trackingTag')
      .values({ run, key, value })
      .onConflict((conflict) => conflict.columns(['run', 'key']).doUpdateSet({ value }))
      .execute()
}

export const deleteTag = (tx: Tx, run: string, key: string) =>
  at(tx)
    .deleteFrom('trackingTag')
    .where('run', '=', run)
    .where('key', '=', key)
    .returning('key')
    .executeTakeFirst()

/** Adds parameters; gives back those that the run has already, with the value it keeps. */
export const addParams = async (tx: Tx, run: string, params: readonly { key: string; value: string }[]) => {
  if (params.length === 0) return []
  const keys = params.map(({ key }) => key)
  const known = await at(tx)
    .selectFrom('trackingParam')
    .selectAll()
    .where('run', '=', run)
    .where('key', 'in', keys)
    .execute()
  const taken = new Set(known.map(({ key }) => key))
  const fresh = params.filter(({ key }) => !taken.has(key))
  if (fresh.length > 0)
    await at(tx)
      .insertInto('trackingParam')
      .values(fresh.map(({ key, value }) => ({ run, key, value })))
      .execute()
  return known
}
