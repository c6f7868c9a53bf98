import {
  type FiringRecord,
  type History,
  releaseKey,
  type ReleaseRecord,
  type RolloutRecord,
  type RunRecord,
  versionKey,
  type VersionRecord,
} from '../history/history.ts'
import type { Facts } from './facts.ts'

/** Sources of a trigger that need nobody’s hand. */
const automaticSources = new Set(['data', 'alert', 'calendar', 'webhook'])

export const isAutomatic = (firing: FiringRecord | undefined): boolean =>
  firing !== undefined && automaticSources.has(firing.source) && firing.by.kind !== 'person'

/** The firing that started each run. */
export const firingsByRun = (history: History): Map<string, FiringRecord> => {
  const found = new Map<string, FiringRecord>()
  for (const firing of history.firings) if (firing.fired && firing.run !== null) found.set(firing.run, firing)
  return found
}

/** What triggers started because of an event, by its sequence. */
export const startsByCause = (history: History): Map<number, FiringRecord[]> => {
  const found = new Map<number, FiringRecord[]>()
  for (const firing of history.firings) {
    if (!firing.fired || firing.cause === null) continue
    found.set(firing.cause, [...(found.get(firing.cause) ?? []), firing])
  }
  return found
}

/** Which pipelines train, and which models: by what they gave to the gate, and by what they are declared to give. */
export const trainingPipelines = (history: History, facts: Facts): Map<string, Set<string>> => {
  const found = new Map<string, Set<string>>()
  const note = (pipeline: string | undefined, model: string) => {
    if (pipeline === undefined) return
    const models = found.get(pipeline) ?? new Set()
    found.set(pipeline, models.add(model))
  }
  for (const { lineage, model } of [...history.versions.values(), ...history.refusals])
    if (lineage.pipelineRun !== null) note(history.runs.get(lineage.pipelineRun)?.pipeline, model)
  for (const { name, models } of facts.pipelines) for (const model of models) note(name, model)
  return found
}

export type Training = {
  label: string
  models: readonly string[]
  at: number
  seqs: number[]
  subject: string
  automatic: boolean
  /** Not there when the training happened outside the platform. */
  run?: RunRecord
}

/** Trainings known: runs of training pipelines (no reproductions), and registered versions that came from elsewhere. */
export const trainings = (history: History, facts: Facts): Training[] => {
  const pipelines = trainingPipelines(history, facts)
  const firings = firingsByRun(history)
  const inside = [...history.runs.values()].flatMap((run): Training[] => {
    const models = pipelines.get(run.pipeline)
    if (!models || run.reproduces !== null) return []
    const firing = firings.get(run.run)
    return [
      {
        label: `run ${run.run} of ${run.pipeline}`,
        models: [...models],
        at: run.at,
        seqs: [...(firing ? [firing.seq] : []), run.seq],
        subject: run.subject,
        automatic: isAutomatic(firing),
        run,
      },
    ]
  })
  const outside = [...history.versions.values()]
    .filter(({ lineage }) => lineage.pipelineRun === null)
    .map(({ model, version, at, seq, subject }) => ({
      label: `training of ${model} ${version} outside the pipelines`,
      models: [model],
      at,
      seqs: [seq],
      subject,
      automatic: false,
    }))
  return [...inside, ...outside]
}

export type Live = {
  rollout: RolloutRecord
  release: ReleaseRecord | undefined
  version: VersionRecord | undefined
}

/** What has all traffic now, by endpoint: the release of its last completed rollout. */
export const liveReleases = (history: History): Live[] => {
  const last = new Map<string, RolloutRecord>()
  for (const rollout of history.rollouts.values()) {
    if (rollout.end?.outcome !== 'completed' || history.gone.has(`endpoint/${rollout.endpoint}`)) continue
    const before = last.get(rollout.endpoint)
    if (!before || (before.end?.seq ?? 0) < rollout.end.seq) last.set(rollout.endpoint, rollout)
  }
  return [...last.values()].map((rollout) => ({
    rollout,
    release: history.releases.get(releaseKey(rollout.endpoint, rollout.release)),
    version: history.versions.get(versionKey(rollout.model, rollout.version)),
  }))
}

export const productionModels = (history: History): string[] => [
  ...new Set(liveReleases(history).map(({ rollout }) => rollout.model)),
]

/** Releases of new versions; going back to an older one is not a release. */
export const newReleases = (history: History): ReleaseRecord[] =>
  [...history.releases.values()].filter(({ kind }) => kind === 'release')

export const rolloutsByRelease = (history: History): Map<string, RolloutRecord> =>
  new Map(
    [...history.rollouts.values()].map((rollout) => [releaseKey(rollout.endpoint, rollout.release), rollout]),
  )

/** Did a person ask for this release, or did it follow from an event? */
export const startedByHand = (release: ReleaseRecord, history: History): boolean =>
  release.by.kind === 'person' &&
  !(release.cause !== null && history.typeOf.get(release.cause)?.startsWith('model.'))

export type Act = { id: string; name: string; seq: number; what: string }

/** What people did by hand to bring a release out: approvals, the release itself, steering of its rollout. */
export const actsOf = (release: ReleaseRecord, history: History, rollout?: RolloutRecord): Act[] => {
  const approval = history.versions.get(versionKey(release.model, release.version))?.approval
  const approvals = (approval?.approvers ?? []).map(({ id, name }) => ({
    id,
    name,
    seq: approval?.seq ?? release.seq,
    what: 'approved',
  }))
  const { id, name } = release.by
  const started = startedByHand(release, history) ? [{ id, name, seq: release.seq, what: 'released' }] : []
  const steered = (rollout?.manual ?? []).map(({ by, seq }) => ({
    id: by.id,
    name: by.name,
    seq,
    what: 'steered',
  }))
  return [...approvals, ...started, ...steered]
}
