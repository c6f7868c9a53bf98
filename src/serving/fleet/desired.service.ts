import type { Db } from '../../kernel/db/tables.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import {
  endpointDefinition,
  type Desired,
  type DesiredEndpoint,
  type DesiredLookup,
  type EndpointBody,
} from '../contract.ts'
import type { FeaturesFront } from '../fronts.ts'
import { fleetStore } from '../store/fleet.store.ts'
import { endpointStore, releaseStore, type EndpointKey } from '../store/release.store.ts'
import { rolloutStore } from '../store/rollout.store.ts'
import { desiredEndpoint, type EndpointState } from './desired.ts'

export type DesiredState = {
  /** Computes what should be served and, if that is new, gives it a higher revision and wakes the agents. */
  refresh: () => Promise<void>
  current: () => Promise<Desired>
  /** The desired state as soon as it is another than `have`, or after `waitMs`. */
  next: (have: number, waitMs: number, signal: AbortSignal) => Promise<Desired>
  stateOf: (project: string, name: string, body: EndpointBody) => Promise<EndpointState>
  endWaits: () => void
}

type Deps = { kernel: Kernel; features: FeaturesFront }

const releaseOf = (db: Db, key: EndpointKey, number: number | null | undefined) =>
  number === null || number === undefined ? Promise.resolve(undefined) : releaseStore.get(db, key, number)

export const desiredState = ({ kernel, features }: Deps): DesiredState => {
  const { db, definitions, clock } = kernel
  const waiting = new Set<() => void>()
  let isEnding = false
  let known: Desired | undefined
  let refreshing: Promise<void> = Promise.resolve()
  const wakeAll = (): void => {
    for (const wake of waiting) wake()
  }

  const lookupsOf = async (project: string, views: string[]): Promise<DesiredLookup[]> => {
    const found = await Promise.all(views.map((view) => features.snapshot(project, view)))
    // A view without a snapshot yet is left out: the endpoint answers for those who send the features themselves.
    return found.flatMap((snapshot) => {
      if (snapshot === undefined) return []
      const { view, entity, features, digest, ttlMs } = snapshot
      return [{ view, entity, features, digest, ...(ttlMs === undefined ? {} : { ttlMs }) }]
    })
  }

  const stateOf = async (project: string, name: string, body: EndpointBody): Promise<EndpointState> => {
    const key = { project, endpoint: name }
    const row = await endpointStore.get(db, key)
    const rollout = await rolloutStore.activeOf(db, key)
    const release = await releaseOf(db, key, rollout?.release)
    return {
      project,
      name,
      body,
      live: await releaseOf(db, key, row?.liveRelease),
      candidate: rollout && release ? { release, state: rollout.state } : undefined,
      first:
        body.shadow === 'first'
          ? await releaseOf(db, key, await rolloutStore.firstCompleted(db, key))
          : undefined,
      lookups: await lookupsOf(project, body.lookups ?? []),
    }
  }

  const compute = async (): Promise<DesiredEndpoint[]> => {
    const endpoints: DesiredEndpoint[] = []
    for (const project of await definitions.projects())
      for (const { name, body } of await definitions.list(project, endpointDefinition))
        endpoints.push(desiredEndpoint(await stateOf(project, name, body)))
    return endpoints
  }

  const refreshOnce = async (): Promise<void> => {
    const before = await fleetStore.desired(db)
    const body = JSON.stringify(await compute())
    if (before.revision > 0 && body === JSON.stringify(before.endpoints)) return void (known = before)
    const isWritten = await kernel.write((tx) =>
      fleetStore.replaceDesired(tx, before.revision, { body, updatedAt: clock.now() }),
    )
    // Another server was faster: look again at what it wrote.
    if (!isWritten) return refreshOnce()
    known = { revision: before.revision + 1, endpoints: JSON.parse(body) as DesiredEndpoint[] }
    wakeAll()
  }

  const current = async (): Promise<Desired> => (known ??= await fleetStore.desired(db))

  const wait = (waitMs: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer)
        waiting.delete(end)
        signal.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, waitMs)
      waiting.add(end)
      signal.addEventListener('abort', end)
      if (signal.aborted) end()
    })

  return {
    // One at a time: the last one sees everything that was written before it was asked for.
    refresh: () => (refreshing = refreshing.then(refreshOnce, refreshOnce)),
    current,
    next: async (have, waitMs, signal) => {
      if ((await current()).revision === have && !isEnding) await wait(waitMs, signal)
      return current()
    },
    stateOf,
    endWaits: () => {
      isEnding = true
      wakeAll()
    },
  }
}
