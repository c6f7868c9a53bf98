import { commitCreated } from '../data/contract.ts'
import type { DataRoom } from '../data/index.ts'
import { definitionApplied } from '../kernel/definitions/definitions.ts'
import type { Http } from '../kernel/http/server.ts'
import { mount } from '../kernel/http/mount.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { featuresRoutes } from './contract.ts'
import { onlineReader } from './online.ts'
import { featuresService } from './service.ts'

export { featuresMigrations } from './migrations.ts'
export { joinBuiltin } from './builtin.ts'
export { checkFeatures } from './project-check.ts'

/** The online snapshot of a view: NDJSON of SnapshotLine, sorted by the bytes of `key`. */
export type OnlineSnapshot = {
  view: string
  /** Request column with the key. */
  entity: string
  features: string[]
  digest: string
  /** Data commit that it was made from. */
  commit: string
  /** How long a row holds after its `at`; undefined: without end. */
  ttlMs?: number
}

const refreshEveryMs = 60_000

/** Features: one definition for training (the join of a pipeline) and for serving (online snapshots). */
export const featuresRoom = (kernel: Kernel, { data }: { data: DataRoom }) => {
  const service = featuresService(kernel, data)
  const online = onlineReader(kernel, service)
  kernel.loop({
    name: 'features.online',
    everyMs: refreshEveryMs,
    on: [commitCreated.type, definitionApplied.type],
    run: service.refreshAll,
  })

  return {
    /** The snapshot that is to be served of a view, or undefined while there is none. `features.materialized` tells of a new one. */
    snapshot: async (project: string, view: string): Promise<OnlineSnapshot | undefined> => {
      const served = await online.served(project, view)
      if (!served) return undefined
      const { definition, digest, commit } = served
      const { entity, features, ttlMs } = definition
      return {
        view,
        entity,
        features: Object.keys(features),
        digest,
        commit,
        ...(ttlMs === undefined ? {} : { ttlMs }),
      }
    },
    mount: (http: Http): void =>
      mount(http, featuresRoutes, {
        listFeatureViews: async ({ project }) => ({ views: await service.list(project) }),
        getFeatureView: ({ project, view }) => service.get(project, view),
        materialiseFeatureView: ({ project, view }, { actor }) => service.materialise(project, view, actor),
        readOnlineFeatures: async ({ project, views, keys }) => ({
          views: await Promise.all(views.map((view) => online.readView(project, view, keys))),
        }),
      }),
    stop: async (): Promise<void> => service.stop(),
  }
}
export type FeaturesRoom = ReturnType<typeof featuresRoom>
