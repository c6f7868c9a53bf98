import { durationMs } from '../kernel/duration.ts'
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
