import { join } from 'node:path'
import { preparePlan } from '../cli/project.ts'
import { contextOf } from '../cli/context.ts'
import { dataRoutes } from '../src/data/contract.ts'
import { monitoringRoutes } from '../src/monitoring/contract.ts'
import { pipelineRoutes, type Run } from '../src/pipelines/contract.ts'
import { projectRoutes } from '../src/project/contract.ts'
import { registryRoutes, type Candidate } from '../src/registry/contract.ts'
import { servingRoutes, type Rollout } from '../src/serving/contract.ts'
import { deliver, filesIn } from './deliveries.ts'
import type { Screen } from './screen.ts'
import { fetchSource, type Source } from './source.ts'
import { type Calls, type Tally, traffic, type Traffic } from './traffic.ts'
import { currentRollout, finished, firedAfter, headOf, pause, until } from './wait.ts'
import { project, root, type World } from './world.ts'

const model = 'late-arrival'
const endpoint = 'late-arrival'
const monitor = 'late-arrival'
/** Of about 1,800 calls a month: enough for a rollout to end within. */
const halfAMonth = 900

export type MonthResult = {
  month: string
  tally: Tally
  version: number
  live: Record<string, number | null>
  never: Record<string, number | null>
  alert: string
}
export type Promotion = { month: string; version: number; alertAt: number; promotedAt: number }
export type Story = {
  months: MonthResult[]
  promotions: Promotion[]
  refused: Candidate[]
  rolledBack: Rollout[]
  lastRun: string
  prediction: string
}

type Teller = { world: World; screen: Screen }

const applyProject = async ({ world, screen }: Teller) => {
  const stage = screen.stage('The project file is applied')
  const context = contextOf({ server: world.url })
  const { body, plan } = await preparePlan(context, join(root, 'examples', 'flights', 'esteira.yaml'))
  await world.call(projectRoutes.applyProject, body)
  stage.done(`${plan.changes.length} parts: pipelines, a gate, an endpoint, a monitor, triggers`)
}

const deliverHistory = async ({ world, screen }: Teller, source: Source): Promise<string> => {
  const stage = screen.stage('January to March are committed')
  const { call } = world
  await deliver(world.airline, {
    repository: 'planes',
    message: 'Register of planes',
    files: await filesIn(join(source.raw, 'planes')),
  })
  const weather = (await filesIn(join(source.raw, 'weather'))).slice(0, 3)
  await deliver(world.airline, {
    repository: 'weather',
    message: 'Observations, January to March',
    files: weather,
  })
  const before = await headOf(call)
  const commit = await deliver(world.airline, {
    repository: 'flights',
    message: 'Departures, January to March',
    files: await filesIn(join(source.raw, 'flights', 'history'), 'history/'),
  })
  const { run } = await firedAfter(call, 'history', before)
  stage.done(`commit ${commit.slice(0, 12)} started the training pipeline by itself`)
  return run
}

const candidateOf = async ({ world }: Teller, run: string): Promise<Candidate> => {
  const { candidates } = await world.call(registryRoutes.listCandidates, { project, model, limit: 50 })
  const own = candidates.find((one) => one.lineage.pipelineRun === run)
  if (!own) throw new Error(`Run ${run} brought no candidate to the gate.`)
  return own
}

const figures = (candidate: Candidate) => {
  const of = (name: string) => candidate.metrics[name]?.toFixed(4)
  const champion = of('champion_log_loss')
  return `AUC ${of('auc')}, log loss ${of('log_loss')}${champion === undefined ? '' : ` (champion ${champion})`}`
}

/** Follows a training run up to the gate's decision. */
const train = async (
  teller: Teller,
  title: string,
  run: string,
): Promise<{ run: Run; candidate: Candidate }> => {
  const stage = teller.screen.stage(title)
  const done = await finished(teller.world.call, run, stage.update)
  const candidate = await candidateOf(teller, run)
  stage.done(
    `${candidate.decision === 'registered' ? `version ${candidate.version}` : 'refused by the gate'}: ${figures(candidate)}`,
  )
  for (const rule of candidate.gate.results.filter((one) => one.outcome === 'failed'))
    stage.note(`${rule.rule}: ${rule.why}`)
  return { run: done, candidate }
}

/** Ana approves; the author himself would be refused. */
const approve = async ({ world, screen }: Teller, version: number) => {
  const stage = screen.stage(`Version ${version} is approved by a second person`)
  const own = await world.call(registryRoutes.approve, { project, model, version }).then(
    () => 'allowed',
    (error: Error) => error.message,
  )
  if (own === 'allowed') throw new Error('The author could approve his own version.')
  await world.ana(registryRoutes.approve, { project, model, version, comment: 'Figures and data checked.' })
  stage.done('ana (its author was turned away)')
}

const firstRelease = async ({ world, screen }: Teller, version: number): Promise<string> => {
  const stage = screen.stage(`Version ${version} goes live`)
  await until(`version ${version} to be live`, async () =>
    (await currentRollout(world.call, endpoint, version))?.status === 'completed' ? true : undefined,
  )
  const page = await until('the endpoint to answer', async () => {
    const found = await world.call(servingRoutes.getEndpoint, { project, endpoint })
    return found.address !== null && found.health === 'healthy' ? found : undefined
  })
  stage.done(page.address ?? '')
  return page.address ?? ''
}

const isOpen = (rollout: Rollout | undefined) =>
  rollout !== undefined && ['preparing', 'running', 'paused'].includes(rollout.status)

type Passing = { title: string; calls: Calls; outside: Traffic; version: number | undefined; most?: number }

const count = (value: number) => Math.round(value).toLocaleString('en')

const endOf = (rollout: Rollout | undefined) => {
  if (!rollout) return ''
  return `; version ${rollout.version} ${rollout.status === 'completed' ? 'has all traffic' : rollout.status.replace('_', ' ')}`
}

/** Part of a month passes: calls come in, and a pending rollout proceeds under them. */
const pass = async ({ world, screen }: Teller, { title, calls, outside, version, most }: Passing) => {
  const stage = screen.stage(title)
  let rollout: Rollout | undefined
  let watching = version !== undefined
  const watch = (async () => {
    while (watching && version !== undefined) {
      rollout = await currentRollout(world.call, endpoint, version)
      if (rollout && !isOpen(rollout)) watching = false
      await pause(100)
    }
  })()
  const tally = await outside.send(calls, {
    ...(most === undefined ? {} : { most }),
    isHeld: () => watching,
    tell: (now) =>
      stage.update(
        `${count(now.predictions)} predictions, ${count(now.predictions / (now.tookMs / 1000))}/s${rollout ? `, version ${rollout.version} at ${rollout.weight} %` : ''}`,
      ),
  })
  watching = false
  await watch
  if (version !== undefined) rollout = await currentRollout(world.call, endpoint, version)
  stage.done(
    `${count(tally.requests)} calls, ${count(tally.predictions)} predictions, ${tally.failed} failed${endOf(rollout)}`,
  )
  if (rollout?.outcome && rollout.status === 'rolled_back') stage.note(rollout.outcome)
  if (tally.failed > 0) stage.note(`first failure: ${tally.firstFailure ?? ''}`)
  return { tally, rollout }
}

const together = (a: Tally, b: Tally): Tally => ({
  requests: a.requests + b.requests,
  predictions: a.predictions + b.predictions,
  failed: a.failed + b.failed,
  tookMs: a.tookMs + b.tookMs,
})

const outcomes = async (
  { world, screen }: Teller,
  { month, source, outside }: { month: string; source: Source; outside: Traffic },
) => {
  const stage = screen.stage(`${month}: what became of the flights`)
  const accepted = await outside.report(join(source.requests, `${month}.labels.ndjson`))
  await deliver(world.airline, {
    repository: 'weather',
    message: `Observations of ${month}`,
    files: [{ path: `${month}.parquet`, local: join(source.raw, 'weather', `${month}.parquet`) }],
  })
  await deliver(world.airline, {
    repository: 'flights',
    message: `Departures of ${month}`,
    files: [
      { path: `live/${month}.parquet`, local: join(source.raw, 'flights', 'live', `${month}.parquet`) },
    ],
  })
  await until('the captures of the month', async () => {
    const { monitors } = await world.call(monitoringRoutes.listMonitors, { project })
    // The agent sends its captures about once a second: until the last has come, some outcomes belong to predictions not known yet.
    return monitors.find((one) => one.name === monitor)?.labels.unknown === 0 ? true : undefined
  })
  stage.done(`${accepted.toLocaleString('en')} outcomes as feedback, raw files committed`)
}

const look = async ({ world, screen }: Teller, month: string) => {
  const stage = screen.stage(`${month}: the monitor looks`)
  const before = await headOf(world.call)
  const [year = 2013, index = 1] = month.split('-').map(Number)
  const from = Date.UTC(year, index - 1, 1)
  const { windows } = await world.call(monitoringRoutes.evaluateMonitor, {
    project,
    monitor,
    from,
    to: Date.UTC(year, index, 1) - 1,
  })
  const window = windows.find((one) => one.id === month)
  if (!window) throw new Error(`The monitor has no window ${month}.`)
  const of = (role: string) =>
    (role === 'live'
      ? window.quality.find((one) => one.role === 'live' && one.version === null)
      : // Until a second version is live, version 1 answers and needs no shadow.
        (window.quality.find((one) => one.role === 'any' && one.version === 1) ??
        window.quality.find((one) => one.role === 'live' && one.version === 1))
    )?.metrics ?? {}
  const broken = window.rules.filter((rule) => rule.verdict === 'broken')
  const alert = broken.map((rule) => `${rule.rule} ${rule.value?.toFixed(3)} > ${rule.limit}`).join(', ')
  stage.done(
    `AUC ${of('live')['auc']?.toFixed(3)}, calibration gap ${of('live')['calibration_gap']?.toFixed(3)}${window.drifted.length > 0 ? `, drifted: ${window.drifted.join(', ')}` : ''}`,
  )
  if (alert !== '') stage.note(`alert: ${alert}`)
  return { before, alert, live: of('live'), never: of('never') }
}

export type Plan = {
  months: readonly string[]
  /** After this month a model is trained on a damaged delivery. */
  damagedAfter: string
  /** In the middle of this month somebody releases a model that takes other units. */
  wrongUnitsIn: string
}

/** A careless sort damaged a delivery on a branch; a model is trained on it and must not pass. */
const damagedCandidate = async (teller: Teller, source: Source): Promise<Candidate> => {
  const { call } = teller.world
  await call(dataRoutes.createBranch, { project, repository: 'flights', name: 'recount', from: 'main' })
  await deliver(call, {
    repository: 'flights',
    branch: 'recount',
    message: 'Departures recounted',
    files: await filesIn(join(source.damaged, 'flights', 'history'), 'history/'),
  })
  const run = await call(pipelineRoutes.startRun, {
    project,
    pipeline: 'train',
    inputs: { flights: { ref: 'recount' } },
    label: 'on recounted departures',
  })
  const { candidate } = await train(teller, 'A model from damaged data', run.id)
  if (candidate.decision !== 'refused') throw new Error('The gate let a model from damaged data pass.')
  return candidate
}

const startRollout = async ({ world, screen }: Teller, version: number) => {
  const stage = screen.stage(`Version ${version} is rolled out`)
  const rollout = await until(`a rollout of version ${version}`, () =>
    currentRollout(world.call, endpoint, version),
  )
  stage.done(`canary at ${rollout.steps[0]?.weight ?? 0} % first`)
}

/** Somebody trains in metric units. On its own data the model is fine, so the gate lets it pass; the airports send imperial ones. */
const wrongUnits = async (teller: Teller): Promise<number> => {
  const run = await teller.world.call(pipelineRoutes.startRun, {
    project,
    pipeline: 'train',
    parameters: { units: 'metric' },
    label: 'in metric units',
  })
  const { candidate } = await train(teller, 'A model in the wrong units', run.id)
  if (candidate.version === null)
    throw new Error('The gate refused the model in metric units; the story needs it to pass.')
  await approve(teller, candidate.version)
  await startRollout(teller, candidate.version)
  return candidate.version
}

type Waiting = { version: number; alertAt: number }
type Month = { month: string; source: Source; outside: Traffic; plan: Plan; waiting: Waiting | undefined }

const keepOutcome = (
  story: Story,
  { month, waiting }: Pick<Month, 'month' | 'waiting'>,
  rollout: Rollout | undefined,
) => {
  if (!waiting || !rollout) return
  if (rollout.status === 'rolled_back') story.rolledBack.push(rollout)
  if (rollout.status === 'completed')
    story.promotions.push({
      month,
      version: waiting.version,
      alertAt: waiting.alertAt,
      promotedAt: rollout.finishedAt ?? 0,
    })
}

/** The calls of one month; in the chosen one the second half meets a release that turns bad in its canary. */
const passMonth = async (teller: Teller, story: Story, { month, source, outside, plan, waiting }: Month) => {
  const calls = outside.open(join(source.requests, `${month}.requests.ndjson`))
  const isSplit = month === plan.wrongUnitsIn
  const first = await pass(teller, {
    title: `${month}: the airports ask`,
    calls,
    outside,
    version: waiting?.version,
    ...(isSplit ? { most: halfAMonth } : {}),
  })
  keepOutcome(story, { month, waiting }, first.rollout)
  if (!isSplit) return first.tally
  const version = await wrongUnits(teller)
  const second = await pass(teller, { title: `${month}: they go on asking`, calls, outside, version })
  if (second.rollout?.status !== 'rolled_back')
    throw new Error('The release in the wrong units did not go back by itself.')
  story.rolledBack.push(second.rollout)
  return together(first.tally, second.tally)
}

const retrained = async (
  teller: Teller,
  story: Story,
  { month, before }: { month: string; before: number },
): Promise<Waiting | undefined> => {
  const fired = await firedAfter(teller.world.call, 'retrain', before)
  const { run, candidate } = await train(teller, `${month}: retraining by itself`, fired.run)
  story.lastRun = run.id
  if (candidate.version === null) {
    story.refused.push(candidate)
    return undefined
  }
  await approve(teller, candidate.version)
  await startRollout(teller, candidate.version)
  return { version: candidate.version, alertAt: fired.at }
}

/** Tells the whole loop, for real: everything below happens over HTTP on the server that was started. */
export const tell = async (teller: Teller, plan: Plan): Promise<Story> => {
  const story: Story = {
    months: [],
    promotions: [],
    refused: [],
    rolledBack: [],
    lastRun: '',
    prediction: '',
  }
  await applyProject(teller)
  const source = await fetchSource(teller, plan.months)
  const first = await train(teller, 'The first model', await deliverHistory(teller, source))
  story.lastRun = first.run.id
  if (first.candidate.version === null) throw new Error('The gate refused the first model.')
  await approve(teller, first.candidate.version)
  const address = await firstRelease(teller, first.candidate.version)
  const outside = traffic({ call: teller.world.airports, endpoint, address })

  let waiting: Waiting | undefined
  for (const month of plan.months) {
    const tally = await passMonth(teller, story, { month, source, outside, plan, waiting })
    story.prediction = outside.lastPrediction() ?? story.prediction
    await outcomes(teller, { month, source, outside })
    const seen = await look(teller, month)
    const version = story.promotions.at(-1)?.version ?? first.candidate.version
    story.months.push({ month, tally, version, live: seen.live, never: seen.never, alert: seen.alert })
    waiting = seen.alert === '' ? undefined : await retrained(teller, story, { month, before: seen.before })
    if (month === plan.damagedAfter) story.refused.push(await damagedCandidate(teller, source))
  }
  return story
}
