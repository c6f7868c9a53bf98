import type { Principal } from '../kernel/auth/principal.ts'
import type { Tx } from '../kernel/db/tables.ts'
import { AppError } from '../kernel/errors.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { nearest } from '../kernel/nearest.ts'
import { contentOf, type Content } from './content.ts'
import { endpointDefinition, releaseCreated, rolloutStarted, type EndpointBody } from './contract.ts'
import type { RegistryFront } from './fronts.ts'
import type { RolloutController } from './rollout/controller.ts'
import { isOver, startRollout, type RolloutEvent } from './rollout/machine.ts'
import { planOf, planProblems, type Plan } from './rollout/plan.ts'
import { endpointStore, releaseStore, type EndpointKey, type StoredRelease } from './store/release.store.ts'
import { rolloutStore, type StoredRollout } from './store/rollout.store.ts'

export type ReleaseRequest = EndpointKey & {
  version: number
  actor: Principal
  supersede?: boolean | undefined
  /** Sequence of the ledger event that this follows from. */
  cause?: number | undefined
}
export type Steering = EndpointKey & { actor: Principal; reason?: string | undefined }
export type Declared = { name: string; version: number; body: EndpointBody }

type Deps = {
  kernel: Kernel
  registry: RegistryFront
  controller: RolloutController
  moved: () => Promise<void>
}
type NewRelease = Pick<StoredRelease, 'kind' | 'restores' | 'model' | 'version'> &
  Content & { definitionVersion: number; plan: Plan }

export const releaseService = ({ kernel, registry, controller, moved }: Deps) => {
  const { db, clock, ledger, blobs, definitions } = kernel

  const declared = async ({ project, endpoint }: EndpointKey): Promise<Declared> => {
    const found = await definitions.get(project, endpointDefinition, endpoint)
    if (found) return found
    const names = (await definitions.list(project, endpointDefinition)).map(({ name }) => name)
    const meant = nearest(endpoint, names)
    const hint =
      meant === undefined
        ? 'Declare it under `endpoints` in esteira.yaml and apply.'
        : `Did you mean ${meant}?`
    throw new AppError('not_found', `There is no endpoint ${endpoint} in project ${project}.`, { hint })
  }

  const endRunning = async (
    tx: Tx,
    rollout: StoredRollout | undefined,
    request: ReleaseRequest,
  ): Promise<void> => {
    if (!rollout) return
    if (request.supersede !== true)
      throw new AppError(
        'conflict',
        `Release ${rollout.release} of endpoint ${request.endpoint} is still being rolled out.`,
        {
          hint: 'Wait, abort it, or release with supersede to end it.',
        },
      )
    const why = `version ${request.version} was released`
    await controller.apply(tx, rollout, {
      event: { type: 'supersede', at: clock.now(), why },
      actor: request.actor,
    })
  }

  const start = async (tx: Tx, request: ReleaseRequest, what: NewRelease): Promise<StoredRollout> => {
    const key = { project: request.project, endpoint: request.endpoint }
    const now = clock.now()
    const live = (await endpointStore.get(tx, key))?.liveRelease ?? null
    await endpointStore.set(tx, key, { updatedAt: now })
    const number = await releaseStore.nextNumber(tx, key)
    const { kind: actorKind, id, name } = request.actor
    const { plan, ...content } = what
    await releaseStore.insert(tx, {
      ...key,
      ...content,
      number,
      createdAt: now,
      createdBy: { kind: actorKind, id, name },
    })
    const of = { project: key.project, subject: `endpoint/${key.endpoint}`, actor: request.actor }
    const { kind, model, version, files } = content
    const created = await ledger.append(tx, {
      ...of,
      event: releaseCreated,
      data: { endpoint: key.endpoint, release: number, kind, model, version, files },
      cause: request.cause ?? null,
    })
    const rolloutId = kernel.ids('rollout')
    const started = await ledger.append(tx, {
      ...of,
      event: rolloutStarted,
      data: { endpoint: key.endpoint, rollout: rolloutId, release: number, model, version, champion: live },
      cause: created.seq,
    })
    const state = startRollout(plan, live !== null, now)
    return rolloutStore.insert(tx, {
      ...key,
      id: rolloutId,
      release: number,
      champion: live,
      state,
      cause: started.seq,
    })
  }

  const checkNotLive = async (tx: Tx, key: EndpointKey, version: number): Promise<void> => {
    const live = (await endpointStore.get(tx, key))?.liveRelease
    const release = live === null || live === undefined ? undefined : await releaseStore.get(tx, key, live)
    if (release?.version === version)
      throw new AppError(
        'conflict',
        `Version ${version} is already live on endpoint ${key.endpoint} (release ${release.number}).`,
      )
  }

  /** Freezes a version as a release and starts its rollout. */
  const release = async (request: ReleaseRequest): Promise<StoredRollout> => {
    const { project, version } = request
    const definition = await declared(request)
    const { body } = definition
    const problems = planProblems(body)
    if (problems.length > 0)
      throw new AppError(
        'invalid',
        `The rollout of endpoint ${request.endpoint} cannot be followed: ${problems.join('; ')}.`,
      )
    const content = await contentOf({ blobs, registry }, { project, model: body.model, version })
    const rollout = await kernel.write(async (tx) => {
      await endRunning(tx, await rolloutStore.activeOf(tx, request), request)
      await checkNotLive(tx, request, version)
      const of = {
        kind: 'release' as const,
        restores: null,
        model: body.model,
        version,
        definitionVersion: definition.version,
      }
      return start(tx, request, { ...of, ...content, plan: planOf(body) })
    })
    await moved()
    return rollout
  }

  /** The release before the live one, looking through rollbacks: going back twice goes back two versions. */
  const previous = async (tx: Tx, key: EndpointKey): Promise<StoredRelease> => {
    const none = new AppError('conflict', `Endpoint ${key.endpoint} has no earlier release to go back to.`)
    const number = (await endpointStore.get(tx, key))?.liveRelease
    const live = number === null || number === undefined ? undefined : await releaseStore.get(tx, key, number)
    if (!live) throw none
    const origin = await rolloutStore.ofRelease(tx, key, live.restores ?? live.number)
    const before =
      origin?.champion === null || origin === undefined
        ? undefined
        : await releaseStore.get(tx, key, origin.champion)
    if (!before) throw none
    return before
  }

  const restore = async (tx: Tx, steering: Steering, definition: Declared): Promise<StoredRollout> => {
    const back = await previous(tx, steering)
    const { model, version, files, tree, signature } = back
    const plan = planOf(definition.body)
    return start(
      tx,
      { ...steering, version },
      {
        kind: 'rollback',
        restores: back.restores ?? back.number,
        model,
        version,
        files,
        tree,
        signature,
        definitionVersion: definition.version,
        // It has been live before: all traffic as soon as the agents have it loaded.
        plan: { ...plan, steps: [{ weight: 100, minRequests: 0, bakeMs: 0 }] },
      },
    )
  }

  const steer = async (
    steering: Steering,
    eventAt: (now: number) => RolloutEvent,
  ): Promise<StoredRollout> => {
    await declared(steering)
    const rollout = await kernel.write(async (tx) => {
      const running = await rolloutStore.activeOf(tx, steering)
      if (!running) throw new AppError('conflict', `No rollout is running on endpoint ${steering.endpoint}.`)
      return controller.apply(tx, running, {
        event: eventAt(clock.now()),
        actor: steering.actor,
        reason: steering.reason,
      })
    })
    await moved()
    return rollout
  }

  const abort = (steering: Steering): Promise<StoredRollout> =>
    steer(steering, (at) => ({
      type: 'abort',
      at,
      why: steering.reason ?? `ended by ${steering.actor.name}`,
    }))

  return {
    declared,
    release,
    abort,
    pause: (steering: Steering) => steer(steering, (at) => ({ type: 'pause', at })),
    resume: (steering: Steering) => steer(steering, (at) => ({ type: 'resume', at })),
    promote: async (steering: Steering): Promise<StoredRollout> => {
      const rollout = await steer(steering, (at) => ({ type: 'promote', at }))
      if (!isOver(rollout.state))
        throw new AppError(
          'conflict',
          `The agents have not loaded release ${rollout.release} yet, so it cannot take the traffic.`,
        )
      return rollout
    },
    rollback: async (steering: Steering): Promise<StoredRollout> => {
      const definition = await declared(steering)
      if (await rolloutStore.activeOf(db, steering)) return abort(steering)
      const rollout = await kernel.write((tx) => restore(tx, steering, definition))
      await moved()
      return rollout
    },
  }
}
export type ReleaseService = ReturnType<typeof releaseService>
