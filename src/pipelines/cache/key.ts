import { createHash } from 'node:crypto'
import type { Json } from '../plan/plan.ts'

/** All that decides what a step makes. Equal parts, equal outputs. */
export type CacheParts = {
  command: Json
  code: string | null
  environment: string | null
  parameters: Json
  inputs: Json
  outputs: Json
  definitions: Json
}

const order: readonly (keyof CacheParts)[] = [
  'command',
  'code',
  'environment',
  'definitions',
  'parameters',
  'inputs',
  'outputs',
]

/** One text for equal values, whatever the order of their keys. */
const canonical = (value: Json): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`
}

export const cacheKey = (parts: CacheParts): string =>
  `sha256:${createHash('sha256').update(canonical(parts)).digest('hex')}`

export type Difference = { path: string; here: Json; there: Json }

const isObject = (value: Json): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const differencesOf = (path: string, here: Json, there: Json): Difference[] => {
  if (canonical(here) === canonical(there)) return []
  if (!isObject(here) || !isObject(there)) return [{ path, here, there }]
  return [...new Set([...Object.keys(here), ...Object.keys(there)])]
    .sort((a, b) => (a < b ? -1 : 1))
    .flatMap((key) => differencesOf(`${path}.${key}`, here[key] ?? null, there[key] ?? null))
}

/** What differs between two steps' keys; the nearest causes first: command, code, environment, then parameters and inputs. */
export const differences = (here: CacheParts, there: CacheParts): Difference[] =>
  order.flatMap((part) => differencesOf(part, here[part], there[part]))
