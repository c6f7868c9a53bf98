import type { Kernel } from '../kernel/kernel.ts'
import {
  endpointDefinition,
  type EndpointPage,
  type EndpointSummary,
  type Release,
  type Rollout,
} from './contract.ts'
import { desiredEndpoint, type EndpointState } from './fleet/desired.ts'
import type { DesiredState } from './fleet/desired.service.ts'
import type { FleetReports } from './fleet/reports.ts'
import { judgeHealth, type Judged } from './health.ts'
import type { Declared, ReleaseService } from './release.service.ts'
import { weightsOf } from './rollout/machine.ts'
import { planOf } from './rollout/plan.ts'
import { endpointStore, releaseStore, type EndpointKey } from './store/release.store.ts'
import { rolloutStore, type StoredRollout } from './store/rollout.store.ts'
import {
  agentsOfEndpoint,
  agentView,
  exampleOf,
  releaseView,
  rolloutView,
  trafficTogether,
  variantViews,
} from './view.ts'

type Deps = { kernel: Kernel; desired: DesiredState; reports: FleetReports; releases: ReleaseService }

const shownRollouts = 100

/** Reading: what people and other rooms see of endpoints. */
export const endpointService = ({ kernel, desired, reports, releases }: Deps) => {
  const { db, clock, definitions } = kernel

  const viewOf = async (rollout: StoredRollout): Promise<Rollout> => {
    const release = await releaseStore.get(db, rollout, rollout.release)
    return rolloutView(rollout, release?.version ?? 0)
  }

  const stateOf = (project: string, { name, body }: Declared): Promise<EndpointState> =>
    desired.stateOf(project, name, body)

  /** Also for the health loop: what the live release looks like right now. */
  const judge = (state: EndpointState): Judged => {
    const now = clock.now()
    const { project, name, live, candidate } = state
    const release = live?.number ?? candidate?.release.number ?? null
    const traffic = reports.traffic({ project, endpoint: name, release: release ?? 0 }, now)
    const errorLimit = planOf(state.body).limits.errorRate
    return judgeHealth({
      endpoint: { project, name },
      release,
      agents: reports.fresh(now),
      traffic,
      errorLimit,
    })
  }

  const summaryOf = (state: EndpointState, rollout: StoredRollout | undefined): EndpointSummary => {
    const { name, project, body, live, candidate } = state
    const now = clock.now()
    const variants = variantViews(desiredEndpoint(state), reports, now)
    const version = candidate?.release.version
    return {
      name,
      ...(body.description === undefined ? {} : { description: body.description }),
      model: body.model,
      ...judge(state),
      release: live?.number ?? null,
      version: live?.version ?? null,
      rollout:
        rollout && version !== undefined
          ? { id: rollout.id, version, status: rollout.status, weight: weightsOf(rollout.state).canary }
          : null,
      traffic: trafficTogether(variants, reports.traffic({ project, endpoint: name, release: 0 }, now)),
    }
  }

  const currentRollout = async (key: EndpointKey): Promise<StoredRollout | undefined> => {
    const [latest] = await rolloutStore.list(db, key, 1)
    return latest
  }

  const page = async (key: EndpointKey): Promise<EndpointPage> => {
    const state = await stateOf(key.project, await releases.declared(key))
    const now = clock.now()
    const active = await rolloutStore.activeOf(db, key)
    const latest = active ?? (await currentRollout(key))
    const wanted = desiredEndpoint(state)
    const signature = (state.live ?? state.candidate?.release)?.signature ?? null
    const address = (reports.fresh(now)[0] ?? reports.agents()[0])?.address ?? null
    return {
      ...summaryOf(state, active),
      variants: variantViews(wanted, reports, now),
      current: latest ? await viewOf(latest) : null,
      agents: agentsOfEndpoint(reports.agents(), state, (agent) => reports.isFresh(agent, now)),
      signature,
      lookups: state.lookups,
      address: address === null ? null : `${address}/endpoints/${state.name}/invocations`,
      example: address === null || signature === null ? null : exampleOf(address, wanted, signature),
    }
  }

  return {
    judge,
    viewOf,
    page,

    states: async (): Promise<EndpointState[]> => {
      const states: EndpointState[] = []
      for (const project of await definitions.projects())
        for (const declared of await definitions.list(project, endpointDefinition))
          states.push(await stateOf(project, declared))
      return states
    },

    list: async (project: string): Promise<EndpointSummary[]> => {
      const declared = await definitions.list(project, endpointDefinition)
      return Promise.all(
        declared.map(async (one) =>
          summaryOf(
            await stateOf(project, one),
            await rolloutStore.activeOf(db, { project, endpoint: one.name }),
          ),
        ),
      )
    },

    listReleases: async (
      key: EndpointKey,
      query: { limit: number; before?: number | undefined },
    ): Promise<{ releases: Release[]; next: number | null }> => {
      await releases.declared(key)
      const live = (await endpointStore.get(db, key))?.liveRelease ?? null
      const found = await releaseStore.list(db, key, query)
      const views = await Promise.all(
        found.map(async (release) =>
          releaseView(release, live, await rolloutStore.ofRelease(db, key, release.number)),
        ),
      )
      const last = found.at(-1)?.number ?? 1
      return { releases: views, next: found.length === query.limit && last > 1 ? last : null }
    },

    listRollouts: async (key: EndpointKey): Promise<Rollout[]> => {
      await releases.declared(key)
      return Promise.all((await rolloutStore.list(db, key, shownRollouts)).map(viewOf))
    },

    releaseOf: async (key: EndpointKey, version: number): Promise<Release | undefined> => {
      const release = await releaseStore.ofVersion(db, key, version)
      if (!release) return undefined
      const live = (await endpointStore.get(db, key))?.liveRelease ?? null
      return releaseView(release, live, await rolloutStore.ofRelease(db, key, release.number))
    },

    agents: async () => {
      const now = clock.now()
      const { revision } = await desired.current()
      return reports
        .agents()
        .map((agent) => agentView(agent, { isFresh: reports.isFresh(agent, now), revision }))
    },
  }
}
export type EndpointService = ReturnType<typeof endpointService>
