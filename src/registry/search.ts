import { sql } from 'kysely'
import type { Db } from '../kernel/db/tables.ts'
import { type parseFilter, type parseOrder, searchPage, type Source } from '../tracking/index.ts'
import { at, type ModelRow, type VersionRow } from './tables.ts'

/** Models and versions by the search grammar that tracking has for runs. */
export type Search = {
  project: string
  filter: ReturnType<typeof parseFilter>
  order: ReturnType<typeof parseOrder>
  limit: number
  after: string | undefined
}

const models: Source = {
  attributes: {
    name: { column: sql.ref('r.name') },
    creation_timestamp: { column: sql.ref('r.createdAt'), numeric: true },
    last_updated_timestamp: { column: sql.ref('r.updatedAt'), numeric: true },
    timestamp: { column: sql.ref('r.updatedAt'), numeric: true },
  },
  keyed: { tag: { table: 'model_tag', on: { project: sql.ref('r.project'), model: sql.ref('r.name') } } },
  natural: [{ column: sql.ref('r.name'), direction: 'asc' }],
}

const versions: Source = {
  attributes: {
    name: { column: sql.ref('r.model') },
    version_number: { column: sql.ref('r.version'), numeric: true },
    run_id: { column: sql.ref('r.trackingRun'), nullable: true },
    source_path: { column: sql.ref('r.source'), nullable: true },
    creation_timestamp: { column: sql.ref('r.createdAt'), numeric: true },
    last_updated_timestamp: { column: sql.ref('r.updatedAt'), numeric: true },
  },
  keyed: {
    tag: {
      table: 'model_version_tag',
      on: { project: sql.ref('r.project'), model: sql.ref('r.model'), version: sql.ref('r.version') },
    },
  },
  natural: [
    { column: sql.ref('r.updatedAt'), direction: 'desc' },
    { column: sql.ref('r.model'), direction: 'asc' },
    { column: sql.ref('r.version'), direction: 'desc' },
  ],
}

export const searchModels = (db: Db, search: Search) =>
  searchPage<ModelRow>(at(db), {
    table: 'model',
    identity: sql.raw('r.*'),
    source: models,
    within: [sql`r.project = ${search.project}`, sql`r.deleted_at is null`],
    filter: search.filter,
    order: search.order,
    limit: search.limit,
    after: search.after,
  })

export const searchVersions = (db: Db, search: Search) =>
  searchPage<VersionRow>(at(db), {
    table: 'model_version',
    identity: sql.raw('r.*'),
    source: versions,
    within: [sql`r.project = ${search.project}`, sql`r.deleted_at is null`],
    filter: search.filter,
    order: search.order,
    limit: search.limit,
    after: search.after,
  })
