import type { Kernel } from '../kernel/kernel.ts'
import { AppError } from '../kernel/errors.ts'
import { featureViewDefinition, type OnlineRow } from './contract.ts'
import type { FeaturesService } from './service.ts'
import { snapshotCache } from './snapshot/cache.ts'
import { findLine } from './snapshot/lookup.ts'
import { viewDefinition, type ViewDefinition } from './view.ts'

/** What is served of a view: its definition at the version that made the snapshot, and the snapshot. */
export type Served = { definition: ViewDefinition; digest: string; commit: string }

const rowOf = (
  snapshot: Buffer,
  asked: { key: string; definition: ViewDefinition; now: number },
): OnlineRow => {
  const { key, definition, now } = asked
  const nulls = Object.fromEntries(Object.keys(definition.features).map((feature) => [feature, null]))
  const line = findLine(snapshot, key)
  if (!line) return { key, status: 'NOT_FOUND', at: null, values: nulls }
  const isOld = definition.ttlMs !== undefined && line.at !== null && line.at < now - definition.ttlMs
  return isOld
    ? { key, status: 'OUTSIDE_MAX_AGE', at: line.at, values: nulls }
    : { key, status: 'PRESENT', at: line.at, values: line.values }
}

/** Reading what was made ready: the latest values of each key, and whether they still hold. */
export const onlineReader = (
  kernel: Pick<Kernel, 'blobs' | 'clock' | 'definitions'>,
  service: FeaturesService,
) => {
  const read = snapshotCache(kernel.blobs)

  const served = async (project: string, name: string): Promise<Served | undefined> => {
    const current = await kernel.definitions.get(project, featureViewDefinition, name)
    const made = current?.body.online === true ? (await service.state(project, name))?.snapshot : undefined
    if (!made) return undefined
    // A new version of the view is served when its snapshot is there; until then the version before, whole.
    const version = await kernel.definitions.at(project, featureViewDefinition, {
      name,
      version: made.version,
    })
    if (!version) return undefined
    return {
      definition: viewDefinition(name, made.version, version.body),
      digest: made.digest,
      commit: made.commit,
    }
  }

  const readView = async (project: string, name: string, keys: readonly (string | number | boolean)[]) => {
    await service.mustFind(project, name)
    const found = await served(project, name)
    if (!found)
      throw new AppError('conflict', `Feature view ${name} has no online snapshot.`, {
        hint: 'It needs online: true, and a commit in its repository; then a snapshot is made by itself.',
      })
    const { definition, digest } = found
    const snapshot = await read(digest)
    const now = kernel.clock.now()
    const rows = keys.map((key) => rowOf(snapshot, { key: String(key), definition, now }))
    return { view: name, entity: definition.entity, digest, rows }
  }
  return { served, readView }
}
