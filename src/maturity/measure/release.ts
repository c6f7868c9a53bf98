import {
  type FiringRecord,
  type History,
  releaseKey,
  type ReleaseRecord,
  type RolloutRecord,
  versionKey,
} from '../history/history.ts'
import type { EvidenceRow } from '../schemas.ts'
import {
  count,
  dayMs,
  duration,
  type Finding,
  type Measure,
  type Measured,
  median,
  recent,
  shareOf,
  type View,
  windowWords,
} from './finding.ts'
import {
  type Act,
  actsOf,
  firingsByRun,
  isAutomatic,
  liveReleases,
  newReleases,
  rolloutsByRelease,
  startedByHand,
} from './select.ts'

const noRelease = 'Nothing was released'

type Judged = { holds: boolean; why: string; seqs?: number[] }

const ofReleases = (
  view: View,
  hold: string,
  judge: (release: ReleaseRecord, rollout: RolloutRecord | undefined) => Judged | undefined,
): Finding => {
  const rollouts = rolloutsByRelease(view.history)
  const rows = recent(newReleases(view.history), view).flatMap((release): EvidenceRow[] => {
    const judged = judge(release, rollouts.get(releaseKey(release.endpoint, release.release)))
    if (!judged) return []
    const { holds, why, seqs = [] } = judged
    const label = `release ${release.release} of ${release.endpoint}: ${release.model} version ${release.version}`
    return [{ label, holds, why, subject: release.subject, seqs: [release.seq, ...seqs] }]
  })
  return shareOf(view, rows, { noun: 'release', hold, nothing: noRelease })
}

export const releasesAutomatic: Measure = (view) =>
  ofReleases(view, 'started by themselves after a gate', (release, rollout) => {
    const version = view.history.versions.get(versionKey(release.model, release.version))
    const steered = rollout?.manual ?? []
    const seqs = [...(version ? [version.seq] : []), ...steered.map(({ seq }) => seq)]
    if (startedByHand(release, view.history))
      return { holds: false, why: `${release.by.name} released it by hand`, seqs }
    if (!version?.gated) return { holds: false, why: 'no gate judged its version', seqs }
    const who = steered[0]
    if (who) return { holds: false, why: `${who.by.name} steered its rollout by hand`, seqs }
    return { holds: true, why: 'followed from a passed gate', seqs }
  })

export const scoringVersioned: Measure = (view) =>
  shareOf(
    view,
    liveReleases(view.history).map(({ rollout, release, version }) => {
      const code = version?.lineage.code ?? null
      const sameFiles = version?.files !== undefined && version.files === release?.files
      return {
        label: `endpoint ${rollout.endpoint}: ${rollout.model} version ${rollout.version}`,
        holds: code !== null && sameFiles,
        why:
          code === null ? 'no code is known' : sameFiles ? `made by code ${code}` : 'other files are served',
        subject: rollout.subject,
        seqs: [release?.seq, version?.seq].filter((seq) => seq !== undefined),
      }
    }),
    {
      noun: 'live release',
      hold: 'serve registered files and name the code that made them',
      nothing: 'Nothing is live',
    },
  )

const trainerOf = (
  history: History,
  firings: Map<string, FiringRecord>,
  release: ReleaseRecord,
): string | undefined => {
  const version = history.versions.get(versionKey(release.model, release.version))
  const run = history.runs.get(version?.lineage.pipelineRun ?? '')
  if (!run) return version?.by.kind === 'person' ? version.by.id : undefined
  if (isAutomatic(firings.get(run.run))) return undefined
  return run.by.kind === 'person' ? run.by.id : undefined
}

const actsIn = (view: View, days: number): Act[] => {
  const rollouts = rolloutsByRelease(view.history)
  return newReleases(view.history)
    .filter(({ at }) => at >= view.now - days * dayMs)
    .flatMap((release) =>
      actsOf(release, view.history, rollouts.get(releaseKey(release.endpoint, release.release))),
    )
}

/** Never names who: the figure counts people, it does not rank them. */
export const notOnOnePerson: Measure = (view) => {
  const firings = firingsByRun(view.history)
  const found = ofReleases(view, 'needed no step by whoever started their training', (release, rollout) => {
    const trainer = trainerOf(view.history, firings, release)
    const acts = actsOf(release, view.history, rollout)
    const both = acts.find(({ id }) => id === trainer)
    return {
      holds: both === undefined,
      why: both ? `whoever trained it also ${both.what} it` : 'others, or nobody, brought it out',
      seqs: acts.map(({ seq }) => seq),
    }
  })
  const needed = view.kind.limit?.['people'] ?? 0
  const acts = actsIn(view, view.kind.limit?.['peopleDays'] ?? 0)
  const people = new Set(acts.map(({ id }) => id)).size
  const sentence = `${found.sentence} ${people} ${people === 1 ? 'person' : 'people'} took a step of a release in 180 days.`
  const tooFew = found.state === 'met' && people > 0 && people < needed
  return {
    ...found,
    state: tooFew ? 'not_met' : found.state,
    sentence: sentence.replace('persons', 'people'),
  }
}

export const littleFriction: Measure = (view) => {
  const { history, kind } = view
  const rollouts = rolloutsByRelease(history)
  const done = newReleases(history).flatMap((release) => {
    const rollout = rollouts.get(releaseKey(release.endpoint, release.release))
    const version = history.versions.get(versionKey(release.model, release.version))
    if (rollout?.end?.outcome !== 'completed' || !version || recent([rollout.end], view).length === 0)
      return []
    const acts = actsOf(release, history, rollout).length
    return [{ release, version, end: rollout.end, tookMs: rollout.end.at - version.at, acts }]
  })
  const back = recent(
    [...rollouts.values()].flatMap(({ end }) => end ?? []),
    view,
  ).filter(({ outcome }) => outcome === 'rolled_back').length
  const tookMs = median(done.map((one) => one.tookMs))
  const acts = median(done.map((one) => one.acts))
  const limit = kind.limit ?? {}
  const grade = (level: 2 | 3): Measured => {
    if (tookMs === null || acts === null || done.length < kind.minimum) return 'insufficient'
    const quick = tookMs <= (limit[`daysAt${level}`] ?? 0) * dayMs && acts <= (limit[`actsAt${level}`] ?? 0)
    return quick ? 'met' : 'not_met'
  }
  const few = done.length < kind.minimum ? ` At least ${kind.minimum} are needed to judge.` : ''
  return {
    state: grade(2),
    grades: [
      { level: 2, state: grade(2) },
      { level: 3, state: grade(3) },
    ],
    sentence:
      tookMs === null || acts === null
        ? `No release was completed${windowWords(kind)}.`
        : `${count(done.length, 'completed release')} took ${duration(tookMs)} from registered to all traffic and ${count(acts, 'act')} by people (medians); ${count(back, 'attempt')} went back${windowWords(kind)}.${few}`,
    n: null,
    of: done.length,
    rows: done.map(({ release, version, end, tookMs, acts }) => ({
      label: `${release.model} version ${release.version} on ${release.endpoint}`,
      holds: tookMs <= (limit['daysAt3'] ?? 0) * dayMs && acts <= (limit['actsAt3'] ?? 0),
      why: `${duration(tookMs)}, ${count(acts, 'act')} by people`,
      subject: release.subject,
      seqs: [version.seq, release.seq, end.seq],
    })),
  }
}

/** The first release of an endpoint has nothing to be compared with, so it is not counted. */
export const comparedLive: Measure = (view) => {
  const ended = [...view.history.rollouts.values()].flatMap((rollout) =>
    rollout.end && rollout.end.cause !== 'superseded' && rollout.champion !== null
      ? [{ ...rollout, at: rollout.end.at, end: rollout.end }]
      : [],
  )
  const rows = recent(ended, view).map(({ endpoint, model, version, weights, end, seq, subject }) => {
    const canary = weights.some(({ weight }) => weight > 0 && weight < 100)
    return {
      label: `${model} version ${version} on ${endpoint}`,
      holds: canary,
      why: canary ? `canary, then ${end.outcome.replace('_', ' ')}` : 'no step below 100 % was reached',
      subject,
      seqs: [seq, ...weights.map((one) => one.seq), end.seq],
    }
  })
  return shareOf(view, rows, {
    noun: 'rollout',
    hold: 'were compared with the live release in a canary',
    nothing: 'No rollout beside a live release has ended',
  })
}

export const approvedBefore: Measure = (view) =>
  ofReleases(view, 'that need an approval had it from somebody else before', (release) => {
    const version = view.history.versions.get(versionKey(release.model, release.version))
    if (!version?.needsApproval) return undefined
    const authors = new Set([version.by.id, view.history.runs.get(version.lineage.pipelineRun ?? '')?.by.id])
    const { approval } = version
    const others = approval?.approvers.filter(({ id }) => !authors.has(id)) ?? []
    const before = approval !== undefined && approval.seq < release.seq
    return {
      holds: before && others.length > 0,
      why: approval
        ? before
          ? count(others.length, 'approval') + ' by others than the authors'
          : 'approved only after the release'
        : 'nobody approved it',
      seqs: approval ? [approval.seq] : [],
    }
  })
