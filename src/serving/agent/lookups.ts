import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { DesiredLookup } from '../contract.ts'
import type { Columns } from './model/tensors.ts'

type Scalar = number | string | boolean | null
export type Lookup = {
  view: string
  digest: string
  entity: string
  features: readonly string[]
  rows: Map<string, readonly Scalar[]>
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
  { view, entity, features, digest }: DesiredLookup,
): Promise<Lookup> => {
  const rows = new Map<string, readonly Scalar[]>()
  for await (const line of createInterface({
    input: createReadStream(path),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    if (line === '') continue
    const { key, values } = JSON.parse(line) as { key: string; values: Record<string, Scalar> }
    rows.set(
      key,
      features.map((feature) => values[feature] ?? null),
    )
  }
  return { view, digest, entity, features, rows }
}

/**
 * Adds the features of a view for columns that the request did not bring, and fills nulls of those it did. An unknown key gives null, which a
 * model sees as a missing value. A request without the entity's column is left as it is.
 */
export const fillIn = ({ values, rows }: Columns, { entity, features, rows: known }: Lookup): void => {
  const keys = values.get(entity)
  if (keys === undefined) return
  const found = Array.from({ length: rows }, (_, row) => known.get(keyOf(keys[row]) ?? ''))
  for (const [index, feature] of features.entries()) {
    const given = values.get(feature)
    values.set(
      feature,
      found.map((features, row) => given?.[row] ?? features?.[index] ?? null),
    )
  }
}
