import type { Http } from '../../kernel/http/server.ts'
import type { Logger } from '../../kernel/log.ts'
import type { TrackingService } from '../service.ts'
import { artifactProxyRoutes, artifactRoutes, type ArtifactSources } from './artifacts.ts'
import { mlflowDoor } from './door.ts'
import { experimentRoutes } from './experiments.ts'
import { loggedModelRoutes } from './logged-models.ts'
import { metricRoutes } from './metrics.ts'
import { runRoutes } from './runs.ts'
import { serverRoutes } from './server.ts'

type Deps = { service: TrackingService; sources: ArtifactSources; log: Logger }

/** MLflow's tracking protocol: a translation at the door. It holds no rules and no tables. */
export const mountMlflow = (http: Http, { service, sources, log }: Deps): void => {
  const routes = [experimentRoutes, runRoutes, metricRoutes, loggedModelRoutes, artifactRoutes].flatMap(
    (of) => of(service),
  )
  mlflowDoor(http, [...routes, ...serverRoutes], { log })
  mlflowDoor(http, artifactProxyRoutes({ service, sources }), { log, bodies: 'bytes' })
}
