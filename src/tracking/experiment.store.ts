import { sql } from 'kysely'
import type { Db, Tx } from '../kernel/db/tables.ts'
import type { Filter } from './search/filter.ts'
import type { Order } from './search/order.ts'
import { searchPage } from './search/page.ts'
import type { Source } from './search/sql.ts'
import { at, type ExperimentRow } from './tables.ts'

const source: Source = {
  attributes: {
    name: { column: sql.ref('r.name') },
    experiment_id: { column: sql.ref('r.id') },
    creation_time: { column: sql.ref('r.createdAt') },
    last_update_time: { column: sql.ref('r.updatedAt') },
  },
  keyed: { tag: { table: 'tracking_experiment_tag', on: { experiment: sql.ref('r.id') } } },
  natural: [
    { column: sql.ref('r.updatedAt'), direction: 'desc' },
    { column: sql.ref('r.id'), direction: 'asc' },
  ],
}

export type ExperimentSearch = {
  project: string
  lifecycle: 'active' | 'deleted' | 'all'
  filter: Filter | undefined
  order: readonly Order[]
  limit: number
  after: string | undefined
}

export const insertExperiment = (tx: Tx, row: ExperimentRow) =>
  at(tx)
    .insertInto('trackingExperiment')
    .values(row)
    .onConflict((conflict) => conflict.columns(['project', 'name']).doNothing())
    .returning('id')
    .executeTakeFirst()

export const findExperiment = (db: Db, project: string, by: { id: string } | { name: string }) => {
  const query = at(db).selectFrom('trackingExperiment').selectAll().where('project', '=', project)
  return ('id' in by ? query.where('id', '=', by.id) : query.where('name', '=', by.name)).executeTakeFirst()
}

export const updateExperiment = (tx: Tx, id: string, change: Partial<ExperimentRow>) =>
  at(tx).updateTable('trackingExperiment').set(change).where('id', '=', id).execute()

export const setExperimentTags = async (
  tx: Tx,
  experiment: string,
  tags: Readonly<Record<string, string>>,
) => {
  for (const [key, value] of Object.entries(tags))
    await at(tx)
      .insertInto('trackingExperimentTag')
      .values({ experiment, key, value })
      .onConflict((conflict) => conflict.columns(['experiment', 'key']).doUpdateSet({ value }))
      .execute()
}

export const deleteExperimentTag = (tx: Tx, experiment: string, key: string) =>
  at(tx)
    .deleteFrom('trackingExperimentTag')
    .where('experiment', '=', experiment)
    .where('key', '=', key)
    .returning('key')
    .executeTakeFirst()

export const experimentTags = async (
  db: Db,
  ids: readonly string[],
): Promise<Map<string, Record<string, string>>> => {
  const found = new Map<string, Record<string, string>>(ids.map((id) => [id, {}]))
  if (ids.length === 0) return found
  const rows = await at(db)
    .selectFrom('trackingExperimentTag')
    .selectAll()
    .where('experiment', 'in', [...ids])
    .orderBy('key')
    .execute()
  for (const { experiment, key, value } of rows) Object.assign(found.get(experiment) ?? {}, { [key]: value })
  return found
}

export const searchExperiments = (db: Db, search: ExperimentSearch) =>
  searchPage<ExperimentRow>(at(db), {
    table: 'tracking_experiment',
    identity: sql.raw('r.*'),
    source,
    within: [
      sql`r.project = ${search.project}`,
      ...(search.lifecycle === 'all' ? [] : [sql`r.lifecycle = ${search.lifecycle}`]),
    ],
    filter: search.filter,
    order: search.order,
    limit: search.limit,
    after: search.after,
  })

/** Deleting an experiment takes its runs along; the time of deletion tells later which of them to bring back. */
export const moveRunsOfExperiment = (
  tx: Tx,
  experiment: string,
  move: { to: 'active' | 'deleted'; at: number },
) => {
  const runs = at(tx).updateTable('trackingRun').where('experiment', '=', experiment)
  return move.to === 'deleted'
    ? runs.set({ lifecycle: 'deleted', deletedAt: move.at }).where('lifecycle', '=', 'active').execute()
    : runs.set({ lifecycle: 'active', deletedAt: null }).where('deletedAt', '=', move.at).execute()
}

/** Where the clients of these experiments keep artifacts, if not here. */
export const artifactLocations = async (
  db: Db,
  ids: readonly string[],
): Promise<Map<string, string | null>> => {
  if (ids.length === 0) return new Map()
  const rows = await at(db)
    .selectFrom('trackingExperiment')
    .select(['id', 'artifactLocation'])
    .where('id', 'in', [...ids])
    .execute()
  return new Map(rows.map(({ id, artifactLocation }) => [id, artifactLocation]))
}
