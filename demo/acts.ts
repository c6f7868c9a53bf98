import { join } from 'node:path'
import { contextOf } from '../cli/context.ts'
import { preparePlan } from '../cli/project.ts'
import { dataRoutes } from '../src/data/contract.ts'
import { pipelineRoutes, type Run } from '../src/pipelines/contract.ts'
import { projectRoutes } from '../src/project/contract.ts'
import { registryRoutes, type Candidate } from '../src/registry/contract.ts'
import { servingRoutes } from '../src/serving/contract.ts'
import { deliver, filesIn } from './deliveries.ts'
import type { Screen } from './screen.ts'
import type { Source } from './source.ts'
import { currentRollout, finished, firedAfter, headOf, until } from './wait.ts'
import { project, root, type World } from './world.ts'

const model = 'late-arrival'
export const endpoint = 'late-arrival'
export type Teller = { world: World; screen: Screen }

export const applyProject = async ({ world, screen }: Teller) => {
  const stage = screen.stage('The project file is applied')
  const context = contextOf({ server: world.url })
  const { body, plan } = await preparePlan(context, join(root, 'examples', 'flights', 'esteira.yaml'))
  await world.call(projectRoutes.applyProject, body)
  stage.done(`${plan.changes.length} parts: pipelines, a gate, an endpoint, a monitor, triggers`)
}

export const deliverHistory = async ({ world, screen }: Teller, source: Source): Promise<string> => {
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
export const train = async (
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
export const approve = async ({ world, screen }: Teller, version: number) => {
  const stage = screen.stage(`Version ${version} is approved by a second person`)
  const own = await world.call(registryRoutes.approve, { project, model, version }).then(
    () => 'allowed',
    (error: Error) => error.message,
  )
  if (own === 'allowed') throw new Error('The author could approve his own version.')
  await world.ana(registryRoutes.approve, { project, model, version, comment: 'Figures and data checked.' })
  stage.done('ana (its author was turned away)')
}

export const firstRelease = async ({ world, screen }: Teller, version: number): Promise<string> => {
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

/** A careless sort damaged a delivery on a branch; a model is trained on it and must not pass. */
export const damagedCandidate = async (teller: Teller, source: Source): Promise<Candidate> => {
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

export const startRollout = async ({ world, screen }: Teller, version: number) => {
  const stage = screen.stage(`Version ${version} is rolled out`)
  const rollout = await until(`a rollout of version ${version}`, () =>
    currentRollout(world.call, endpoint, version),
  )
  stage.done(`canary at ${rollout.steps[0]?.weight ?? 0} % first`)
}

/** Somebody trains in metric units. On its own data the model is fine, so the gate lets it pass; the airports send imperial ones. */
export const wrongUnits = async (teller: Teller): Promise<number> => {
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
