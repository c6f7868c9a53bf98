import { createHash } from 'node:crypto'
import type { DataRoom } from '../data/index.ts'
import { globMatcher } from '../data/contract.ts'
import { type Principal, system } from '../kernel/auth/principal.ts'
import type { StoredDefinition } from '../kernel/definitions/definitions.ts'
import { AppError, isAppError, messageOf } from '../kernel/errors.ts'
import type { Kernel } from '../kernel/kernel.ts'
import {
  type FeatureView,
  type FeatureViewBody,
  featureViewDefinition,
  materialisationFailed,
  viewMaterialised,
} from './contract.ts'
import { makeSnapshot, type SnapshotRequest } from './snapshot/run.ts'
import { isTable } from './files.ts'
import { onlineStore, type OnlineState } from './store.ts'
import { viewDefinition } from './view.ts'

export type StoredView = StoredDefinition<FeatureViewBody>
type Wanted = SnapshotRequest & { project: string; commit: string; attempted: string }

const toView = (stored: StoredView, state: OnlineState | undefined): FeatureView => ({
  name: stored.name,
  version: stored.version,
  body: stored.body,
  createdAt: stored.createdAt,
  createdBy: stored.createdBy,
  online: state?.snapshot ?? null,
  lastError: state?.lastError ?? null,
})

export const featuresService = (kernel: Kernel, data: DataRoom) => {
  const { blobs, clock, db, definitions, ledger, log, write } = kernel
  const store = onlineStore(db)
  const stopping = new AbortController()

  const mustFind = async (project: string, name: string): Promise<StoredView> => {
    const found = await definitions.get(project, featureViewDefinition, name)
    if (found) return found
    const known = (await definitions.list(project, featureViewDefinition)).map((view) => view.name)
    throw new AppError('not_found', `There is no feature view ${name} in project ${project}.`, {
      hint:
        known.length > 0
          ? `There are ${known.join(', ')}.`
          : 'Declare it under features in esteira.yaml and apply.',
    })
  }

  /** The view and the files it reads now; `attempted` is the digest of both. Undefined while its repository is empty. */
  const wantedNow = async (project: string, stored: StoredView): Promise<Wanted | undefined> => {
    const view = viewDefinition(stored.name, stored.version, stored.body)
    const head = await data.head(project, view.repository)
    if (!head) return undefined
    const matches = globMatcher(view.path)
    const files = (await data.files(head.tree)).filter(({ path }) => matches(path) && isTable(path))
    const text = JSON.stringify([stored.digest, files.map(({ path, digest }) => [path, digest])])
    const attempted = createHash('sha256').update(text).digest('hex')
    return { project, view, files, commit: head.commit, attempted }
  }

  const succeed = (wanted: Wanted, made: { digest: string; rows: number }, actor: Principal) =>
    write(async (tx) => {
      const { project, view, commit, attempted } = wanted
      const before = await onlineStore(tx).find(project, view.name)
      const snapshot = { ...made, commit, version: view.version, at: clock.now() }
      await onlineStore(tx).succeeded({ project, view: view.name, attempted }, snapshot)
      // The same bytes for the same version: whoever serves them has nothing to do.
      if (before?.snapshot?.digest === made.digest && before.snapshot.version === view.version) return
      const event = { view: view.name, version: view.version, commit, ...made }
      const subject = `feature-view/${view.name}`
      await ledger.append(tx, { event: viewMaterialised, project, subject, data: event, actor })
    })

  const fail = (wanted: Wanted, message: string, actor: Principal) =>
    write(async (tx) => {
      const { project, view, commit, attempted } = wanted
      const failure = { message, commit, at: clock.now() }
      await onlineStore(tx).failed({ project, view: view.name, attempted }, failure)
      const event = { view: view.name, version: view.version, commit, error: message }
      const subject = `feature-view/${view.name}`
      await ledger.append(tx, { event: materialisationFailed, project, subject, data: event, actor })
    })

  /** Makes the snapshot and records how it went; throws what went wrong after recording it. */
  const materialise = async (wanted: Wanted, actor: Principal): Promise<void> => {
    try {
      await succeed(wanted, await makeSnapshot(blobs, wanted, stopping.signal), actor)
    } catch (error) {
      if (!stopping.signal.aborted && isAppError(error)) await fail(wanted, error.message, actor)
      throw error
    }
  }

  const refresh = async (project: string, stored: StoredView): Promise<void> => {
    if (stored.body.online !== true) return
    const wanted = await wantedNow(project, stored)
    if (!wanted || (await store.find(project, stored.name))?.attempted === wanted.attempted) return
    try {
      await materialise(wanted, system)
    } catch (error) {
      if (!stopping.signal.aborted)
        log.warn({ project, view: stored.name, error: messageOf(error) }, 'a view stays as it was')
    }
  }

  return {
    mustFind,
    state: (project: string, view: string) => store.find(project, view),
    list: async (project: string): Promise<FeatureView[]> => {
      const found = await definitions.list(project, featureViewDefinition)
      return Promise.all(found.map(async (stored) => toView(stored, await store.find(project, stored.name))))
    },
    get: async (project: string, name: string): Promise<FeatureView> =>
      toView(await mustFind(project, name), await store.find(project, name)),
    /** Makes the snapshot of one view now, whether or not anything changed. */
    materialise: async (project: string, name: string, actor: Principal): Promise<FeatureView> => {
      const stored = await mustFind(project, name)
      if (stored.body.online !== true)
        throw new AppError('conflict', `Feature view ${name} is not kept online.`, {
          hint: 'Say online: true in esteira.yaml and apply.',
        })
      const wanted = await wantedNow(project, stored)
      if (!wanted)
        throw new AppError('conflict', `Repository ${stored.body.repository} has no commit yet.`, {
          hint: 'Commit files to it first.',
        })
      await materialise(wanted, actor)
      return toView(stored, await store.find(project, name))
    },
    /** Brings every online view up to date with its definition and its files. */
    refreshAll: async (): Promise<void> => {
      for (const project of await definitions.projects())
        for (const stored of await definitions.list(project, featureViewDefinition)) {
          if (stopping.signal.aborted) return
          await refresh(project, stored)
        }
    },
    stop: () => stopping.abort(),
  }
}
export type FeaturesService = ReturnType<typeof featuresService>
