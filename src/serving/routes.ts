import { AppError } from '../kernel/errors.ts'
import { mount } from '../kernel/http/mount.ts'
import type { Http } from '../kernel/http/server.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { servingRoutes } from './contract.ts'
import type { EndpointService } from './endpoint.service.ts'
import type { DesiredState } from './fleet/desired.service.ts'
import type { FleetReports } from './fleet/reports.ts'
import type { ReleaseService } from './release.service.ts'

type Deps = {
  kernel: Kernel
  endpoints: EndpointService
  releases: ReleaseService
  desired: DesiredState
  reports: FleetReports
  heard: () => void
}

export const mountServing = (
  http: Http,
  { kernel, endpoints, releases, desired, reports, heard }: Deps,
): void => {
  // A server that closes must not wait for polls that wait for news.
  http.app.addHook('preClose', async () => desired.endWaits())
  mount(http, servingRoutes, {
    listEndpoints: async ({ project }) => ({ endpoints: await endpoints.list(project) }),
    getEndpoint: (key) => endpoints.page(key),
    listReleases: ({ project, endpoint, limit, before }) =>
      endpoints.listReleases({ project, endpoint }, { limit: limit ?? 100, before }),
    listRollouts: async (key) => ({ rollouts: await endpoints.listRollouts(key) }),
    release: async (input, { actor }) => endpoints.viewOf(await releases.release({ ...input, actor })),
    rollback: async (input, { actor }) => endpoints.viewOf(await releases.rollback({ ...input, actor })),
    pauseRollout: async (input, { actor }) => endpoints.viewOf(await releases.pause({ ...input, actor })),
    resumeRollout: async (input, { actor }) => endpoints.viewOf(await releases.resume({ ...input, actor })),
    promoteRollout: async (input, { actor }) => endpoints.viewOf(await releases.promote({ ...input, actor })),
    abortRollout: async (input, { actor }) => endpoints.viewOf(await releases.abort({ ...input, actor })),
    listAgents: async () => ({ agents: await endpoints.agents() }),
    syncAgent: async ({ agent, waitMs, ...report }, { actor, signal }) => {
      // An agent's token speaks for that agent only.
      if (actor.kind === 'agent' && actor.name !== agent)
        throw new AppError('forbidden', `The token of ${actor.name} cannot speak for agent ${agent}.`)
      const now = (): number => kernel.clock.now()
      reports.hear(agent, report, now())
      heard()
      const ended = reports.polling(agent, now)
      try {
        return await desired.next(report.have, waitMs ?? 25_000, signal)
      } finally {
        ended()
      }
    },
  })
}
