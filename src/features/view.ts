import type { FeatureType, FeatureViewBody } from './contract.ts'

/** A feature view as the processes that compute it need it: what the project file says, with every default filled in. */
export type ViewDefinition = {
  name: string
  version: number
  entity: string
  repository: string
  path: string
  timestamp?: string
  created?: string
  ttlMs?: number
  features: Record<string, FeatureType>
}

const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Milliseconds of a length of time such as `6h`, in the form that the contract allows. */
const durationMs = (text: string): number => {
  const [, count, unit] = /^([1-9][0-9]*)(s|m|h|d)$/.exec(text) ?? []
  if (count === undefined || unit === undefined)
    throw new RangeError(`${JSON.stringify(text)} is no length of time.`)
  return Number(count) * unitMs[unit as keyof typeof unitMs]
}

export const viewDefinition = (name: string, version: number, body: FeatureViewBody): ViewDefinition => ({
  name,
  version,
  entity: body.entity,
  repository: body.repository,
  path: body.path ?? '**/*.parquet',
  ...(body.timestamp === undefined ? {} : { timestamp: body.timestamp }),
  ...(body.created === undefined ? {} : { created: body.created }),
  ...(body.ttl === undefined ? {} : { ttlMs: durationMs(body.ttl) }),
  features: body.features,
})

/** What is wrong with a view beyond its schema; the project file is refused with these. */
export const viewProblems = (body: FeatureViewBody): string[] => {
  const reserved = [body.entity, body.timestamp, body.created].filter((column) => column !== undefined)
  return [
    ...(body.ttl !== undefined && body.timestamp === undefined
      ? ['ttl needs timestamp: it says how long a row holds.']
      : []),
    ...Object.keys(body.features)
      .filter((feature) => reserved.includes(feature))
      .map((feature) => `${feature} is the key or a time of the view; it cannot be a feature too.`),
  ]
}
