import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { DesiredLookup } from '../contract.ts'
import type { Columns } from './model/tensors.ts'

type Scalar = number | string | boolean | null
type Row = { at: number | null; values: readonly Scalar[] }
export type Lookup = {
  view: string
  digest: string
  entity: string
  features: readonly string[]
  rows: Map<string, Row>
  ttlMs: number | undefined
}

/** Keys are compared as text, as in the snapshot: 7, 7.0 in JSON and "7" are one key. */
const keyOf = (value: unknown): string | undefined =>
  typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : undefined

/** Reads an online snapshot: a line a key, `{"key", "at", "values": {feature: value}}`. Values are kept as lists, at a third of the memory. */
export const readLookup = async (
  path: string,
  { view, entity, features, digest, ttlMs }: DesiredLookup,
): Promise<Lookup> => {
  const rows = new Map<string, Row>()
  for await (const line of createInterface({
    input: createReadStream(path),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    if (line === '') continue
    const { key, at, values } = JSON.parse(line) as {
      key: string
      at: number | null
      values: Record<string, Scalar>
    }
    rows.set(key, { at, values: features.map((feature) => values[feature] ?? null) })
  }
  return { view, digest, entity, features, rows, ttlMs }
}

/** The values of a key, unless there are none or they are too old (as the feature server itself answers). */
const valuesFor = (
  { rows, ttlMs }: Lookup,
  key: string | undefined,
  now: number,
): readonly Scalar[] | undefined => {
  const row = key === undefined ? undefined : rows.get(key)
  const isOld = row !== undefined && row.at !== null && ttlMs !== undefined && row.at < now - ttlMs
  return isOld ? undefined : row?.values
}

/**
 * Adds the features of a view for columns that the request did not bring, and fills nulls of those it did. An unknown key gives null, which a
 * model sees as a missing value. A request without the entity's column is left as it is.
 */
export const fillIn = ({ values, rows }: Columns, lookup: Lookup, now: number): void => {
  const keys = values.get(lookup.entity)
  if (keys === undefined) return
  const found = Array.from({ length: rows }, (_, row) => valuesFor(lookup, keyOf(keys[row]), now))
  for (const [index, feature] of lookup.features.entries()) {
    const given = values.get(feature)
    values.set(
      feature,
      found.map((features, row) => given?.[row] ?? features?.[index] ?? null),
    )
  }
}
