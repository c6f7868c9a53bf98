import { system } from '../kernel/auth/principal.ts'
import { definitionApplied, definitionRemoved } from '../kernel/definitions/definitions.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { isAppError } from '../kernel/errors.ts'
import { viewMaterialised } from '../features/contract.ts'
import { versionApproved, versionRegistered } from '../registry/contract.ts'
import { endpointDefinition, endpointDegraded, endpointRecovered, rolloutCompleted } from './contract.ts'
import type { EndpointService } from './endpoint.service.ts'
import type { DesiredState } from './fleet/desired.service.ts'
import type { EndpointState } from './fleet/desired.ts'
import type { FleetReports } from './fleet/reports.ts'
import type { RegistryFront } from './fronts.ts'
import type { ReleaseService } from './release.service.ts'
import type { RolloutController } from './rollout/controller.ts'
import { fleetStore } from './store/fleet.store.ts'
import { endpointStore, releaseStore } from './store/release.store.ts'
import type { FollowRow } from './tables.ts'

const rolloutEveryMs = 500
const storeEveryMs = 1000
const healthEveryMs = 2000
const desiredEveryMs = 30_000
/** After a start the agents need a moment to be heard; silence before that says nothing about them. */
const graceMs = 15_000

type Deps = {
  kernel: Kernel
  registry: RegistryFront
  desired: DesiredState
  reports: FleetReports
  controller: RolloutController
  releases: ReleaseService
  endpoints: EndpointService
}

/** Approved versions are noted in the transaction of their event, and released by the loop: a crash between loses nothing. */
const noteApprovals = ({ kernel }: Deps): void => {
  const note = (follow: Omit<FollowRow, 'createdAt'>) => ({ ...follow, createdAt: kernel.clock.now() })
  kernel.ledger.react({
    name: 'serving.approved',
    on: [versionApproved],
    handle: (tx, { project, seq, data: { model, version } }) =>
      fleetStore.addFollow(tx, note({ project, model, version, cause: seq })),
  })
  kernel.ledger.react({
    name: 'serving.registered',
    on: [versionRegistered],
    handle: async (tx, { project, seq, data: { model, version, approval } }) => {
      // A model that asks for no approval has its versions approved from the start.
      if (approval === 'approved')
        await fleetStore.addFollow(tx, note({ project, model, version, cause: seq }))
    },
  })
}

const followOne = async ({ kernel, releases }: Deps, follow: FollowRow): Promise<void> => {
  const { project, model, version, cause } = follow
  for (const { name, body } of await kernel.definitions.list(project, endpointDefinition)) {
    if (body.model !== model || body.follow === 'none') continue
    const key = { project, endpoint: name }
    // An older version that is approved late does not push out a newer one.
    const [newest] = await releaseStore.list(kernel.db, key, { limit: 1 })
    if (newest !== undefined && newest.model === model && newest.version >= version) continue
    try {
      await releases.release({ ...key, version, actor: system, supersede: true, cause })
    } catch (error) {
      // What cannot be served (no ONNX file, a bad signature) stays unreleased; the reason is in the log and in the answer to a release by hand.
      if (!isAppError(error) || error.code === 'internal') throw error
      kernel.log.warn(
        { project, endpoint: name, model, version, reason: error.message },
        'an approved version was not released',
      )
    }
  }
}

const follow = async (deps: Deps): Promise<void> => {
  for (const row of await fleetStore.follows(deps.kernel.db)) {
    await followOne(deps, row)
    await deps.kernel.write((tx) => fleetStore.removeFollow(tx, row))
  }
}

/** Moves the alias `champion` to what is live. Level-triggered, so a crash between the two transactions only delays it. */
const moveAliases = async ({ kernel, registry }: Deps): Promise<void> => {
  for (const { project, name, liveRelease, aliasRelease } of await endpointStore.all(kernel.db)) {
    if (liveRelease === null || liveRelease === aliasRelease) continue
    const key = { project, endpoint: name }
    const live = await releaseStore.get(kernel.db, key, liveRelease)
    if (!live) continue
    await registry.setAlias({ project, model: live.model, alias: 'champion', version: live.version }, system)
    await kernel.write((tx) =>
      endpointStore.set(tx, key, { aliasRelease: liveRelease, updatedAt: kernel.clock.now() }),
    )
  }
}

const noteHealth = async ({ kernel, endpoints }: Deps, state: EndpointState): Promise<void> => {
  const { project, name } = state
  const key = { project, endpoint: name }
  const { health, reason } = endpoints.judge(state)
  const before = (await endpointStore.get(kernel.db, key))?.health ?? 'waiting'
  if (before === health) return
  const wasWell = before === 'healthy' || before === 'waiting'
  const isWell = health === 'healthy' || health === 'waiting'
  const of = { project, subject: `endpoint/${name}`, actor: system }
  await kernel.write(async (tx) => {
    await endpointStore.set(tx, key, { health, updatedAt: kernel.clock.now() })
    if (!isWell)
      await kernel.ledger.append(tx, {
        ...of,
        event: endpointDegraded,
        data: { endpoint: name, health, explanation: reason ?? '' },
      })
    else if (!wasWell)
      await kernel.ledger.append(tx, { ...of, event: endpointRecovered, data: { endpoint: name } })
  })
}

const noteAllHealth = async (deps: Deps, startedAt: number): Promise<void> => {
  const { kernel, reports, endpoints } = deps
  const now = kernel.clock.now()
  if (reports.fresh(now).length === 0 && now - startedAt < graceMs) return
  for (const state of await endpoints.states()) {
    // While the first release is on its way there is nothing yet that could be ill.
    if (state.live !== undefined) await noteHealth(deps, state)
  }
}

const storeReports = async ({ kernel, reports }: Deps): Promise<void> => {
  reports.sample(kernel.clock.now())
  const { agents, figures } = reports.takeChanges()
  if (agents.length + figures.length === 0) return
  await kernel.write(async (tx) => {
    for (const agent of agents) await fleetStore.putAgent(tx, agent)
    for (const one of figures) await fleetStore.putFigures(tx, one)
  })
}

/** Everything that serving does by itself. */
export const startJobs = (deps: Deps) => {
  const { kernel, controller, desired } = deps
  const startedAt = kernel.clock.now()
  noteApprovals(deps)
  const rollout = kernel.loop({ name: 'serving.rollout', everyMs: rolloutEveryMs, run: controller.tick })
  kernel.loop({ name: 'serving.reports', everyMs: storeEveryMs, run: () => storeReports(deps) })
  kernel.loop({ name: 'serving.health', everyMs: healthEveryMs, run: () => noteAllHealth(deps, startedAt) })
  // By time and not by the event: the reaction that writes the note runs after the event is told.
  kernel.loop({ name: 'serving.follow', everyMs: rolloutEveryMs, run: () => follow(deps) })
  kernel.loop({
    name: 'serving.alias',
    everyMs: desiredEveryMs,
    on: [rolloutCompleted.type],
    run: () => moveAliases(deps),
  })
  kernel.loop({
    name: 'serving.desired',
    everyMs: desiredEveryMs,
    on: [definitionApplied.type, definitionRemoved.type, viewMaterialised.type],
    run: desired.refresh,
  })
  return { lookAtRollouts: rollout.wake, storeReports: () => storeReports(deps) }
}
