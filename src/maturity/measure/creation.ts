import type { History, RunRecord, VersionRecord } from '../history/history.ts'
import { versionKey } from '../history/history.ts'
import type { EvidenceRow } from '../schemas.ts'
import { count, type Finding, type Measure, nOf, recent, shareOf, type View, windowWords } from './finding.ts'
import { liveReleases, newReleases, rolloutsByRelease, trainingPipelines, trainings } from './select.ts'

/** Repositories that training runs have read, or are declared to read. */
export const trainingRepositories = ({ history, facts }: View): Set<string> => {
  const pipelines = trainingPipelines(history, facts)
  const runs = [...history.runs.values()].filter(({ pipeline }) => pipelines.has(pipeline))
  const declared = facts.pipelines.filter(({ name }) => pipelines.has(name))
  return new Set([
    ...runs.flatMap(({ data }) => data.map(({ repository }) => repository)),
    ...declared.flatMap(({ repositories }) => repositories),
  ])
}

/** Recent commits to the repositories that training reads. */
export const trainingCommits = (view: View) => {
  const repositories = trainingRepositories(view)
  return recent(view.history.commits, view).filter(({ repository }) => repositories.has(repository))
}

const byItself = new Set(['service', 'run', 'system', 'application', 'agent'])

export const dataArrives: Measure = (view) => {
  const rows = trainingCommits(view).map((commit) => ({
    label: `commit ${commit.commit.slice(0, 12)} to ${commit.repository}`,
    holds: byItself.has(commit.by.kind),
    why: `made by ${commit.by.name} (${commit.by.kind})`,
    subject: commit.subject,
    seqs: [commit.seq],
  }))
  return shareOf(view, rows, {
    noun: 'commit',
    hold: 'to repositories that training reads were made by a service or pipeline',
    nothing: 'No data that training reads was committed',
  })
}

type Judged = { holds: boolean; why: string; seqs?: number[] }

const ofVersions = (
  view: View,
  hold: string,
  judge: (version: VersionRecord, run: RunRecord | undefined) => Judged,
): Finding => {
  const { history } = view
  const rows = recent(history.versions.values(), view).map((version) => {
    const { pipelineRun } = version.lineage
    const {
      holds,
      why,
      seqs = [],
    } = judge(version, pipelineRun === null ? undefined : history.runs.get(pipelineRun))
    const label = `${version.model} version ${version.version}`
    return { label, holds, why, subject: version.subject, seqs: [version.seq, ...seqs] }
  })
  return shareOf(view, rows, { noun: 'registered version', hold, nothing: 'No version was registered' })
}

export const computeManaged: Measure = (view) =>
  ofVersions(view, 'were trained in a pipeline run with a locked environment', ({ lineage }, run) => {
    if (!run) return { holds: false, why: 'no pipeline run of this platform made it' }
    const holds = lineage.environment !== null
    const why = holds ? `lock ${lineage.environment}` : 'its step named no environment'
    return { holds, why, seqs: [run.seq] }
  })

export const experimentsTracked: Measure = (view) => {
  const starts = new Map(view.history.tracked.map((one) => [one.run, one]))
  return ofVersions(
    view,
    'come from a tracked run with parameters, metrics, code and data',
    ({ lineage }) => {
      const tracked =
        lineage.trackingRun === null ? undefined : view.facts.trackedRuns.get(lineage.trackingRun)
      const lacks = [
        ...(tracked ? [] : ['a tracked run']),
        ...(tracked && tracked.params === 0 ? ['parameters'] : []),
        ...(tracked && tracked.metrics === 0 ? ['metrics'] : []),
        ...(lineage.code === null ? ['code'] : []),
        ...(lineage.commits.length === 0 ? ['data'] : []),
      ]
      const start = starts.get(lineage.trackingRun ?? '')
      return {
        holds: lacks.length === 0,
        why: lacks.length === 0 ? `run ${lineage.trackingRun}` : `lacks ${lacks.join(', ')}`,
        seqs: start ? [start.seq] : [],
      }
    },
  )
}

export const codeVersioned: Measure = (view) =>
  ofVersions(view, 'name the stored snapshot of their training code', ({ lineage: { code } }) => ({
    holds: code !== null,
    why: code ?? 'no code is known',
  }))

export const repeatable: Measure = (view) =>
  ofVersions(view, 'were made by a pipeline run', ({ lineage }, run) => ({
    holds: run !== undefined,
    why: run ? `run ${run.run} of ${run.pipeline}` : `pipeline run: ${lineage.pipelineRun ?? 'none'}`,
    seqs: run ? [run.seq] : [],
  }))

export const notHandedOver: Measure = (view) =>
  ofVersions(view, 'name the run that made them', ({ lineage, by }) => {
    const run = lineage.pipelineRun ?? lineage.trackingRun
    return { holds: run !== null, why: run === null ? `uploaded by ${by.name}` : `run ${run}` }
  })

/** Compares what both runs made. What the step before the gate answers (a version number) is a new record each time, no product of the training. */
const sameOutputs = (original: RunRecord, again: RunRecord, registering: string | null) => {
  const common = [...original.outputs].filter(
    ([name]) => again.outputs.has(name) && !name.startsWith(`${registering}.`),
  )
  const different = common.filter(([name, digest]) => again.outputs.get(name) !== digest)
  return { compared: common.length, different: different.map(([name]) => name) }
}

const reproductionRow = (
  version: VersionRecord,
  again: readonly RunRecord[],
  view: View,
): EvidenceRow & { tried: boolean } => {
  const original = view.history.runs.get(version.lineage.pipelineRun ?? '')
  const tries = original
    ? again.map((run) => ({ run, ...sameOutputs(original, run, version.lineage.step) }))
    : []
  const equal = tries.find(({ compared, different }) => compared > 0 && different.length === 0)
  const failed = tries.find(({ different }) => different.length > 0)
  const untried = original ? `run ${original.run} was not run again` : 'no pipeline run made it'
  return {
    label: `${version.model} version ${version.version}`,
    holds: equal !== undefined,
    tried: tries.length > 0,
    why: equal
      ? `run ${equal.run.run}: ${count(equal.compared, 'output')} equal`
      : failed
        ? `run ${failed.run.run} differs in ${failed.different.join(', ')}`
        : untried,
    subject: version.subject,
    seqs: [version.seq, ...again.map(({ seq }) => seq)],
  }
}

/** Each released version wants one reproduction. Tried and different is a failure; not yet tried is only not enough. */
export const reproducible: Measure = (view) => {
  const { history, kind } = view
  const rollouts = rolloutsByRelease(history)
  const released = newReleases(history).filter((release) => {
    const end = rollouts.get(`${release.endpoint}/${release.release}`)?.end
    return end?.outcome === 'completed' && recent([end], view).length > 0
  })
  const again = Map.groupBy(
    recent(
      [...history.runs.values()].flatMap((run) => (run.end?.status === 'succeeded' ? [run] : [])),
      view,
    ),
    ({ reproduces }) => reproduces ?? '',
  )
  const keys = new Set(released.map(({ model, version }) => versionKey(model, version)))
  const rows = [...keys].flatMap((key) => {
    const version = history.versions.get(key)
    if (!version) return []
    return [reproductionRow(version, again.get(version.lineage.pipelineRun ?? '') ?? [], view)]
  })
  const n = rows.filter(({ holds }) => holds).length
  const tried = rows.filter(({ tried }) => tried).length
  const share = kind.share ?? 1
  const state =
    tried > 0 && n / tried < share
      ? 'not_met'
      : rows.length > 0 && n / rows.length >= share
        ? 'met'
        : 'insufficient'
  const sentence =
    rows.length === 0
      ? `No version was released${windowWords(kind)}.`
      : `${nOf(n, rows.length, 'released version')} ran again with equal digests; ${tried - n} differed, ${rows.length - tried} not yet tried${windowWords(kind)}.`
  return {
    state,
    sentence,
    n,
    of: rows.length,
    rows: rows.map(({ label, holds, why, subject, seqs }) => ({ label, holds, why, subject, seqs })),
  }
}

export const modelsVersioned: Measure = (view) =>
  shareOf(
    view,
    liveReleases(view.history).map(({ rollout, release, version }) => ({
      label: `endpoint ${rollout.endpoint}: ${rollout.model} version ${rollout.version}`,
      holds: release !== undefined && version !== undefined && version.files === release.files,
      why: version ? `files ${release?.files ?? 'unknown'}` : 'this version is not in the registry',
      subject: rollout.subject,
      seqs: [release?.seq, rollout.end?.seq, version?.seq].filter((seq) => seq !== undefined),
    })),
    {
      noun: 'live release',
      hold: 'serve exactly the files of a registered version',
      nothing: 'Nothing is live',
    },
  )

const gapOf = (
  history: History,
  version: VersionRecord | undefined,
): { gap: string | null; seqs: number[] } => {
  if (!version) return { gap: 'release → version', seqs: [] }
  const { pipelineRun, code, commits } = version.lineage
  const run = history.runs.get(pipelineRun ?? '')
  if (!run) return { gap: 'version → run', seqs: [version.seq] }
  if (code === null) return { gap: 'run → code', seqs: [version.seq, run.seq] }
  if (commits.length === 0) return { gap: 'run → data', seqs: [version.seq, run.seq] }
  const sources = commits.map(({ commit }) => history.commits.find((known) => known.commit === commit))
  const lost = commits.find((_, index) => sources[index] === undefined)
  const seqs = [version.seq, run.seq, ...sources.flatMap((source) => (source ? [source.seq] : []))]
  return { gap: lost ? `commit of ${lost.repository} → its arrival` : null, seqs }
}

export const lineageComplete: Measure = (view) =>
  shareOf(
    view,
    liveReleases(view.history).map(({ rollout, release, version }) => {
      const { gap, seqs } = gapOf(view.history, version)
      return {
        label: `endpoint ${rollout.endpoint}: ${rollout.model} version ${rollout.version}`,
        holds: gap === null && release !== undefined,
        why: gap === null ? 'release, version, run, code and data are all known' : `missing link: ${gap}`,
        subject: rollout.subject,
        seqs: [...(release ? [release.seq] : []), ...seqs],
      }
    }),
    {
      noun: 'live release',
      hold: 'lead back without a gap to code and data commits',
      nothing: 'Nothing is live',
    },
  )

export const metricsCentral: Measure = (view) => {
  const { history, facts } = view
  const trackedOf = Map.groupBy(history.tracked, ({ pipelineRun }) => pipelineRun)
  const rows = recent(trainings(history, facts), view)
    .filter(({ run }) => run === undefined || run.end !== undefined)
    .map(({ run, label, subject, seqs }) => {
      const tracked = run && trackedOf.get(run.run)
      const metrics = Math.max(
        0,
        ...(tracked ?? []).map((one) => facts.trackedRuns.get(one.run)?.metrics ?? 0),
      )
      const why = metrics > 0 ? count(metrics, 'metric') : 'no metrics in the platform'
      const proof = (tracked ?? []).map(({ seq }) => seq)
      return { label, holds: metrics > 0, why, subject, seqs: [...seqs, ...proof] }
    })
  return shareOf(view, rows, {
    noun: 'training run',
    hold: 'logged metrics here',
    nothing: 'No training run has ended',
  })
}
