import { type QueryExecutorProvider, type RawBuilder, sql } from 'kysely'
import type { Filter } from './filter.ts'
import { likeOf } from './like.ts'
import type { Order } from './order.ts'
import { afterOf, conditionOf, orderBySql, pageToken, readPageToken, type Source, sortingOf } from './sql.ts'

export type PageQuery = {
  /** `tracking_run` */
  table: string
  /** The columns that name a row, for example `r.id`. */
  identity: RawBuilder<unknown>
  source: Source
  /** What holds whatever is searched for: project, lifecycle. */
  within: readonly RawBuilder<unknown>[]
  filter: Filter | undefined
  order: readonly Order[]
  limit: number
  after: string | undefined
}

export type PageOf<Row> = { rows: Row[]; next: string | undefined }

const sortValues = (row: object, count: number): (string | number)[] =>
  Array.from({ length: count }, (_, index) => (row as Record<string, string | number>)[`s${index}`] ?? '')

/** One page of a search, and the token of the next one if there is more. */
export const searchPage = async <Row extends object>(
  db: QueryExecutorProvider,
  query: PageQuery,
): Promise<PageOf<Row>> => {
  const like = likeOf(db)
  const { joins, terms } = sortingOf(query.order, query.source)
  const asked = { table: query.table, filter: query.filter, order: query.order }
  const conditions = [...query.within]
  if (query.filter) conditions.push(conditionOf(query.filter, query.source, like))
  if (query.after) conditions.push(afterOf(terms, readPageToken(asked, query.after, terms.length)))
  const keys = terms.map(({ column }, index) => sql`${column} as ${sql.raw(`s${index}`)}`)
  const { rows } = await sql<Row>`select ${query.identity}, ${sql.join(keys)} from ${sql.raw(query.table)} r
    ${sql.join(joins, sql` `)}
    where ${sql.join(conditions, sql` and `)}
    order by ${orderBySql(terms)} limit ${query.limit + 1}`.execute(db)
  const page = rows.slice(0, query.limit)
  const last = page.at(-1)
  const next =
    rows.length > page.length && last ? pageToken(asked, sortValues(last, terms.length)) : undefined
  return { rows: page, next }
}
