import { createHash } from 'node:crypto'
import { type RawBuilder, sql } from 'kysely'
import { AppError } from '../../kernel/errors.ts'
import type { Comparison, Filter } from './filter.ts'
import type { Like } from './like.ts'
import type { Order } from './order.ts'
import type { Kind } from './vocabulary.ts'

type Condition = RawBuilder<boolean>
type Column = RawBuilder<unknown>

/** A table of keys and values beside the searched one: which of its columns equal which expressions of the row `r`. */
type Keyed = { table: string; on: Readonly<Record<string, Column>> }

/** How the words of a vocabulary are found in the database; the searched table has the alias `r`. */
export type Source = {
  attributes: Readonly<
    Record<string, { column: Column; nullable?: boolean; numeric?: boolean; lower?: boolean }>
  >
  keyed: Partial<Record<Exclude<Kind, 'attribute' | 'dataset'>, Keyed>>
  dataset?: (key: string, test: (column: Column) => Condition) => Condition
  /** The order in which rows come unless the request says otherwise; its last column is unique. */
  natural: readonly { column: Column; direction: 'asc' | 'desc' }[]
}

const unsupported = (kind: string): never => {
  throw new AppError('invalid', `Searching by ${kind} is not supported here.`)
}

const lowered = (value: Comparison['value']): Comparison['value'] =>
  typeof value === 'string'
    ? value.toLowerCase()
    : Array.isArray(value)
      ? value.map((one) => one.toLowerCase())
      : value

const test =
  ({ operator, value }: Pick<Comparison, 'operator' | 'value'>, like: Like) =>
  (column: Column): Condition => {
    switch (operator) {
      case '=':
      case '!=':
      case '>':
      case '>=':
      case '<':
      case '<=':
        return sql<boolean>`${column} ${sql.raw(operator)} ${value}`
      case 'like':
      case 'ilike':
        return like(column, String(value), operator === 'like')
      case 'in':
      case 'not in':
        return sql<boolean>`${column} ${sql.raw(operator)} (${sql.join(Array.isArray(value) ? value : [value])})`
      case 'is null':
      case 'is not null':
        return sql<boolean>`${column} ${sql.raw(operator)}`
    }
  }

const matches = (keyed: Keyed, alias: string): Condition =>
  sql<boolean>`${sql.join(
    Object.entries(keyed.on).map(([name, column]) => sql`${sql.raw(`${alias}.${name}`)} = ${column}`),
    sql` and `,
  )}`

const keyedCondition = (keyed: Keyed, comparison: Comparison, like: Like): Condition => {
  const { field, operator } = comparison
  const isThere = sql`select 1 from ${sql.raw(keyed.table)} k where ${matches(keyed, 'k')} and k.key = ${field.key}`
  if (operator === 'is null') return sql<boolean>`not exists (${isThere})`
  if (operator === 'is not null') return sql<boolean>`exists (${isThere})`
  const isNumber = field.kind === 'metric' ? sql` and k.is_nan = 0` : sql``
  return sql<boolean>`exists (${isThere}${isNumber} and ${test(comparison, like)(sql`k.value`)})`
}

const comparisonSql = (comparison: Comparison, source: Source, like: Like): Condition => {
  const { kind, key } = comparison.field
  if (kind === 'dataset')
    return source.dataset ? source.dataset(key, test(comparison, like)) : unsupported(kind)
  if (kind !== 'attribute') {
    const keyed = source.keyed[kind]
    return keyed ? keyedCondition(keyed, comparison, like) : unsupported(kind)
  }
  const attribute = source.attributes[key]
  if (!attribute) return unsupported(key)
  const value = attribute.lower ? lowered(comparison.value) : comparison.value
  return test({ ...comparison, value }, like)(attribute.column)
}

/** A filter as one SQL condition; every value is bound, never written into the text. */
export const conditionOf = (filter: Filter, source: Source, like: Like): Condition => {
  if (filter.is === 'comparison') return comparisonSql(filter, source, like)
  const terms = filter.terms.map((term) => conditionOf(term, source, like))
  return sql<boolean>`(${sql.join(terms, filter.is === 'and' ? sql` and ` : sql` or `)})`
}

export type SortTerm = { column: Column; direction: 'asc' | 'desc' }
export type Sorting = { joins: RawBuilder<unknown>[]; terms: SortTerm[] }

const rank = (column: Column): SortTerm => ({ column, direction: 'asc' })

const attributeTerms = ({ field, direction }: Order, source: Source): SortTerm[] => {
  const attribute = source.attributes[field.key]
  if (!attribute) return unsupported(field.key)
  if (!attribute.nullable) return [{ column: attribute.column, direction }]
  const none = attribute.numeric ? sql`0` : sql`''`
  return [
    rank(sql`case when ${attribute.column} is null then 1 else 0 end`),
    { column: sql`coalesce(${attribute.column}, ${none})`, direction },
  ]
}

/**
 * Sort terms that are never null, so that a page can begin after any row: what is missing comes last and NaN before it,
 * in both directions.
 */
export const sortingOf = (orders: readonly Order[], source: Source): Sorting => {
  const joins: RawBuilder<unknown>[] = []
  const terms: SortTerm[] = []
  orders.forEach((order, index) => {
    const { kind, key } = order.field
    if (kind === 'attribute') {
      terms.push(...attributeTerms(order, source))
      return
    }
    const keyed = kind === 'dataset' ? undefined : source.keyed[kind]
    if (!keyed) return unsupported(`${kind} order`)
    const alias = `o${index}`
    const at = (name: string) => sql.raw(`${alias}.${name}`)
    joins.push(
      sql`left join ${sql.raw(`${keyed.table} ${alias}`)} on ${matches(keyed, alias)} and ${at('key')} = ${key}`,
    )
    if (kind === 'metric') {
      terms.push(rank(sql`case when ${at('key')} is null then 2 when ${at('is_nan')} = 1 then 1 else 0 end`))
      terms.push({ column: sql`coalesce(${at('value')}, 0)`, direction: order.direction })
    } else {
      terms.push(rank(sql`case when ${at('key')} is null then 1 else 0 end`))
      terms.push({ column: sql`coalesce(${at('value')}, '')`, direction: order.direction })
    }
  })
  return { joins, terms: [...terms, ...source.natural] }
}

/** True for rows that come after the one with these sort values: pages do not shift when rows arrive. */
export const afterOf = (terms: readonly SortTerm[], values: readonly (string | number)[]): Condition =>
  sql<boolean>`(${sql.join(
    terms.map((term, index) => {
      const equal = terms.slice(0, index).map((before, place) => sql`${before.column} = ${values[place]}`)
      const beyond = sql`${term.column} ${sql.raw(term.direction === 'asc' ? '>' : '<')} ${values[index]}`
      return sql`(${sql.join([...equal, beyond], sql` and `)})`
    }),
    sql` or `,
  )})`

export const orderBySql = (terms: readonly SortTerm[]): RawBuilder<unknown> =>
  sql.join(terms.map(({ column, direction }) => sql`${column} ${sql.raw(direction)}`))

const fingerprint = (query: unknown): string =>
  createHash('sha256').update(JSON.stringify(query)).digest('base64url').slice(0, 8)

/** A page token: where the last page ended, and a fingerprint of the query it belongs to. */
export const pageToken = (query: unknown, values: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify([fingerprint(query), ...values])).toString('base64url')

const parseToken = (token: string): unknown => {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}

export const readPageToken = (query: unknown, token: string, count: number): (string | number)[] => {
  const parsed = parseToken(token)
  if (!Array.isArray(parsed) || parsed.length !== count + 1 || parsed[0] !== fingerprint(query))
    throw new AppError('invalid', 'Invalid page token: it does not belong to this query.', {
      hint: 'Repeat the query without a page token to start from its first page.',
    })
  return parsed.slice(1).map((value: unknown) => (typeof value === 'number' ? value : String(value)))
}
