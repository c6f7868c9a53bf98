import type { EvidenceRow } from '../schemas.ts'
import { count, dayMs, type Measure, nOf, recent, shareOf, type View, windowWords } from './finding.ts'
import { productionModels, type Training, trainingPipelines, trainings } from './select.ts'
import { trainingCommits } from './creation.ts'

const noneLive = 'No model is in production'

const rowOf = ({ label, automatic, subject, seqs }: Training): EvidenceRow => ({
  label,
  holds: automatic,
  why: automatic ? 'a trigger started it' : 'nobody but a person started it',
  subject,
  seqs,
})

const byModel = (view: View): { model: string; runs: Training[]; automatic: Training[] }[] => {
  const runs = recent(trainings(view.history, view.facts), view)
  return productionModels(view.history).map((model) => {
    const own = runs.filter(({ models }) => models.includes(model))
    return { model, runs: own, automatic: own.filter(({ automatic }) => automatic) }
  })
}

export const trainingAutomated: Measure = (view) => {
  const { kind } = view
  const models = byModel(view)
  const runs = [...new Set(models.flatMap(({ runs }) => runs))]
  const rows = runs.map(rowOf)
  const found = shareOf(view, rows, {
    noun: 'training run',
    hold: 'were started by a trigger',
    nothing: models.length === 0 ? noneLive : 'No training run',
  })
  if (found.state === 'insufficient') return found
  const needed = kind.limit?.['automaticRuns'] ?? 0
  const share = kind.share ?? 1
  const behind = models.find(({ runs, automatic }) => automatic.length / runs.length < share)
  const few = models.find(({ automatic }) => automatic.length < needed)
  if (behind) return { ...found, state: 'not_met' }
  if (few)
    return {
      ...found,
      state: 'insufficient',
      sentence: `${found.sentence} ${few.model} has ${count(few.automatic.length, 'automatic run')}, ${needed} are needed to judge.`,
    }
  return { ...found, state: 'met' }
}

export const retrainingRhythm: Measure = (view) => {
  const { kind } = view
  const models = byModel(view)
  const least = models.toSorted((a, b) => a.automatic.length - b.automatic.length)[0]
  const rows = models.flatMap(({ automatic }) => automatic.map(rowOf))
  if (!least) return { state: 'insufficient', sentence: `${noneLive}.`, n: 0, of: null, rows: [] }
  const n = least.automatic.length
  const grade = (limit: number) => (n >= limit ? 'met' : 'not_met')
  const perMonth = grade(kind.limit?.['perMonth'] ?? 1)
  return {
    state: perMonth,
    grades: [
      { level: 1, state: perMonth },
      { level: 2, state: grade(kind.limit?.['perDay'] ?? 30) },
    ],
    sentence: `${least.model} was retrained by itself ${n === 1 ? 'once' : `${n} times`}${windowWords(kind)}.`,
    n,
    of: null,
    rows,
  }
}

const weekMs = 7 * dayMs

export const experimentsQuick: Measure = (view) => {
  const { history, kind } = view
  const runs = recent(history.tracked, view)
  const people = [...recent(history.tracked, view), ...recent(history.runs.values(), view)].filter(
    ({ by }) => by.kind === 'person',
  )
  const weeks = new Set(people.map(({ by, at }) => `${by.id}@${Math.floor(at / weekMs)}`)).size
  const rows = runs.map(({ run, pipelineRun, subject, seq }) => ({
    label: `run ${run}`,
    holds: pipelineRun !== null,
    why: pipelineRun === null ? 'tracked outside the pipelines' : `of pipeline run ${pipelineRun}`,
    subject,
    seqs: [seq],
  }))
  const found = shareOf(view, rows, {
    noun: 'tracked run',
    hold: 'came from pipelines',
    nothing: 'No run was tracked',
  })
  if (weeks === 0) return { ...found, state: 'insufficient' }
  const pace = runs.length / weeks
  const state = found.state === 'met' && pace < (kind.limit?.['perPersonWeek'] ?? 0) ? 'not_met' : found.state
  const sentence = `${found.sentence} That is ${Number(pace.toFixed(1))} per active person and week.`
  return { ...found, state, sentence }
}

export const dataStartsTraining: Measure = (view) => {
  const answers = new Map(
    view.history.firings
      .filter(({ source, cause }) => source === 'data' && cause !== null)
      .map((firing) => [firing.cause, firing]),
  )
  const rows = trainingCommits(view).map((commit) => {
    const firing = answers.get(commit.seq)
    return {
      label: `commit ${commit.commit.slice(0, 12)} to ${commit.repository}`,
      holds: firing !== undefined,
      why: firing
        ? firing.fired
          ? `trigger ${firing.trigger} started run ${firing.run}`
          : `trigger ${firing.trigger} skipped it and said why`
        : 'no data trigger waited for it',
      subject: commit.subject,
      seqs: [commit.seq, ...(firing ? [firing.seq] : [])],
    }
  })
  return shareOf(view, rows, {
    noun: 'commit',
    hold: 'to repositories that training reads were answered by a data trigger',
    nothing: 'No data that training reads was committed',
  })
}

const joined = ({ history, facts }: View) => {
  const training = trainingPipelines(history, facts)
  return facts.pipelines.filter(({ name }) => training.has(name))
}

export const oneFeatureDefinition: Measure = (view) => {
  const served = new Map(
    view.facts.endpoints.flatMap(({ name, lookups }) => lookups.map((lookup) => [lookup, name])),
  )
  const views = new Set(joined(view).flatMap(({ views }) => views))
  const rows = [...views].map((name) => {
    const endpoint = served.get(name)
    return {
      label: `feature view ${name}`,
      holds: endpoint !== undefined,
      why: endpoint ? `endpoint ${endpoint} looks it up` : 'callers send its values with the request',
      subject: `featureView/${name}`,
      seqs: appliedOf(view, 'featureView', name),
    }
  })
  return shareOf(view, rows, {
    noun: 'feature view',
    hold: 'that training joins are looked up by an endpoint too',
    nothing: 'Training joins no feature view',
  })
}

const appliedOf = ({ history }: View, kind: string, name: string): number[] =>
  history.applied.filter((one) => one.kind === kind && one.name === name).map(({ seq }) => seq)

export const componentsReused: Measure = (view) => {
  const users = new Map<string, string[]>()
  for (const { name, commands } of view.facts.pipelines)
    for (const command of new Set(commands)) users.set(command, [...(users.get(command) ?? []), name])
  const rows = [...users].map(([command, pipelines]) => ({
    label: command,
    holds: pipelines.length > 1,
    why: `used by ${pipelines.join(', ')}`,
    subject: `pipeline/${pipelines[0]}`,
    seqs: pipelines.flatMap((name) => appliedOf(view, 'pipeline', name)),
  }))
  return shareOf(view, rows, {
    noun: 'step command',
    hold: 'are used by more than one pipeline',
    nothing: 'There is no pipeline',
  })
}

const fiveKinds = [
  ['message', ['webhook']],
  ['monitor or calendar', ['alert', 'calendar']],
  ['data', ['data']],
  ['training code', ['code']],
  ['application code', ['application']],
] as const

export const triggersProven: Measure = ({ history }) => {
  const fired = history.firings.filter(({ fired, by }) => fired && by.kind !== 'person')
  const starts = new Map<string, number>()
  for (const { trigger, cause } of fired)
    if (cause !== null) starts.set(`${trigger}@${cause}`, (starts.get(`${trigger}@${cause}`) ?? 0) + 1)
  const twice = [...starts.values()].filter((times) => times > 1).length
  const rows = fiveKinds.map(([label, sources]) => {
    const own = fired.filter(({ source }) => sources.some((one) => one === source))
    const last = own.at(-1)
    return {
      label,
      holds: last !== undefined,
      why: last ? `${count(own.length, 'start')}, the last by ${last.trigger}` : 'never fired',
      subject: last?.subject ?? '',
      seqs: own.slice(-20).map(({ seq }) => seq),
    }
  })
  const n = rows.filter(({ holds }) => holds).length
  return {
    state: twice > 0 ? 'not_met' : n === rows.length ? 'met' : 'insufficient',
    sentence: `${nOf(n, rows.length, 'kind')} of trigger have started runs; ${count(twice, 'cause')} started a run twice.`,
    n,
    of: rows.length,
    rows,
  }
}
