import type { Principal } from '../kernel/auth/principal.ts'
import type { Http } from '../kernel/http/server.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { EndpointPage, Release, Rollout } from './contract.ts'
import { endpointService } from './endpoint.service.ts'
import { desiredState } from './fleet/desired.service.ts'
import { FleetReports } from './fleet/reports.ts'
import type { FeaturesFront, RegistryFront } from './fronts.ts'
import { startJobs } from './jobs.ts'
import { releaseService } from './release.service.ts'
import { rolloutController } from './rollout/controller.ts'
import { mountServing } from './routes.ts'
import { fleetStore } from './store/fleet.store.ts'

export { servingMigrations } from './migrations.ts'
export { checkServing } from './check.ts'

/** Agents that went and sums that stand still are forgotten after this long, at a start. */
const rememberMs = 30 * 24 * 3_600_000

type Deps = { registry: RegistryFront; features: FeaturesFront }

/**
 * Endpoints and what answers behind them: releases, rollouts and the agents' desired state. The agent itself is a program of its own
 * (`agent/main.ts`), which this room never loads.
 */
export const servingRoom = (kernel: Kernel, { registry, features }: Deps) => {
  const reports = new FleetReports()
  const desired = desiredState({ kernel, features })
  const moved = desired.refresh
  const controller = rolloutController({ kernel, reports, moved })
  const releases = releaseService({ kernel, registry, controller, moved })
  const endpoints = endpointService({ kernel, desired, reports, releases })
  const jobs = startJobs({ kernel, registry, desired, reports, controller, releases, endpoints })

  return {
    /**
     * Releases an approved version and starts its rollout. Throws `not_found` for an unknown endpoint or version, `conflict` when the version is
     * not approved, cannot be served or is live already, or while a rollout runs and `supersede` is not set.
     */
    release: async (request: {
      project: string
      endpoint: string
      version: number
      actor: Principal
      supersede?: boolean
      cause?: number
    }): Promise<Rollout> => endpoints.viewOf(await releases.release(request)),

    /** One endpoint as its page shows it. Throws `not_found`. */
    endpoint: (project: string, name: string): Promise<EndpointPage> =>
      endpoints.page({ project, endpoint: name }),

    /** The latest release of a version on an endpoint; undefined when it was never released there. */
    releaseOf: (project: string, endpoint: string, version: number): Promise<Release | undefined> =>
      endpoints.releaseOf({ project, endpoint }, version),

    mount: (http: Http): void =>
      mountServing(http, { kernel, endpoints, releases, desired, reports, heard: jobs.lookAtRollouts }),

    start: async (): Promise<void> => {
      await kernel.write((tx) => fleetStore.forget(tx, kernel.clock.now() - rememberMs))
      reports.restore(await fleetStore.agents(kernel.db), await fleetStore.figures(kernel.db))
      await desired.refresh()
    },

    stop: async (): Promise<void> => {
      desired.endWaits()
      await jobs.storeReports()
    },
  }
}
export type ServingRoom = ReturnType<typeof servingRoom>
