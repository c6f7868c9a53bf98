import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { snapshotOf, upload } from '../../cli/snapshot.ts'
import { dataRoutes } from '../../src/data/contract.ts'
import { governanceRoutes } from '../../src/governance/contract.ts'
import { type Call, client } from '../../src/kernel/client.ts'
import { kernelRoutes } from '../../src/kernel/routes.contract.ts'
import { startProgram } from '../../src/main.ts'
import { monitoringRoutes } from '../../src/monitoring/contract.ts'
import { pipelineRoutes, type Run } from '../../src/pipelines/contract.ts'
import { projectRoutes } from '../../src/project/contract.ts'
import { registryRoutes } from '../../src/registry/contract.ts'
import { servingRoutes } from '../../src/serving/contract.ts'
import { eventually } from '../../src/testing.ts'
import { trackingRoutes } from '../../src/tracking/contract.ts'

const project = 'shop'
const patience = 60_000
const root = fileURLToPath(new URL('../..', import.meta.url))

export type World = {
  url: string
  /** A token of somebody who may approve, and is not an author. */
  approver: string
  run: string
  failedRun: string
  trackedRun: string
  prediction: string
  commit: string
  stop: () => Promise<void>
}

/** The project in a folder of its own, with real small models beside its steps. */
const declare = async (call: Call, folder: string) => {
  await cp(join(root, 'test', 'pages', 'shop'), folder, { recursive: true })
  for (const name of ['plain', 'shifted'])
    await cp(join(root, 'src', 'serving', 'agent', 'fixtures', name), join(folder, 'steps', 'models', name), {
      recursive: true,
    })
  const file = await readFile(join(folder, 'esteira.yaml'), 'utf8')
  const { tree, content } = await snapshotOf(folder, ['steps'])
  await upload(call, content)
  await call(projectRoutes.applyProject, { project, file, tree })
}

const deliver = async (call: Call, message: string, files: Record<string, string>): Promise<string> => {
  const changes: { path: string; digest: string }[] = []
  for (const [path, text] of Object.entries(files)) {
    const { digest } = await call(kernelRoutes.putBlob, { body: text })
    changes.push({ path, digest })
  }
  return (await call(dataRoutes.createCommit, { project, repository: 'visits', message, changes })).id
}

/** A sequence that looks random and is the same each time. */
const spread = (index: number) => ((index * 7919) % 1000) / 500 - 1
const visits = (rows: number) =>
  `visitor,a,b,sale\n${Array.from({ length: rows }, (_, i) => `v${i % 50},${spread(i)},${spread(i + 3)},${i % 2}`).join('\n')}\n`
const visitors = `visitor,age\n${Array.from({ length: 50 }, (_, i) => `v${i},${20 + i}`).join('\n')}\n`

const finished = (call: Call, run: string): Promise<Run> =>
  eventually(
    `run ${run} ends`,
    async () => {
      const found = await call(pipelineRoutes.getRun, { project, run })
      return found.status === 'running' ? undefined : found
    },
    patience,
  )

const train = async (call: Call, parameters: Record<string, unknown>) =>
  finished(call, (await call(pipelineRoutes.startRun, { project, pipeline: 'train', parameters })).id)

type Row = { a: number; b: number; at: string }
type Answer = { predictions: { id: string; value: number }[] }

const ask = async (address: string, rows: Row[]): Promise<Answer> => {
  const reply = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ dataframe_records: rows }),
  })
  if (!reply.ok) throw new Error(await reply.text())
  return (await reply.json()) as Answer
}

const rowOf = (month: number, index: number, lift: number): Row => ({
  a: spread(index) + lift,
  b: spread(index + 3),
  at: new Date(Date.UTC(2025, month, 1 + (index % 27), index % 24)).toISOString(),
})

const address = (call: Call): Promise<string> =>
  eventually(
    'the endpoint has an address',
    async () => (await call(servingRoutes.getEndpoint, { project, endpoint: 'sale' })).address ?? undefined,
    patience,
  )

/** Waits for the rollout of a version while requests flow, as they do in life. */
const rollOut = async (call: Call, version: number) => {
  const found = await address(call)
  let index = 0
  await eventually(
    `the rollout of version ${version} ends`,
    async () => {
      index += 10
      const rows = Array.from({ length: 10 }, (_, i) => rowOf(0, index + i, 0))
      await ask(found, rows).catch(() => undefined)
      const { rollouts } = await call(servingRoutes.listRollouts, { project, endpoint: 'sale' })
      const one = rollouts.find((rollout) => rollout.version === version)
      return one?.status === 'completed' || one?.status === 'rolled_back'
    },
    patience,
  )
}

/** Three months of visits with their outcomes; in the last one the visitors are others. */
const live = async (call: Call): Promise<string> => {
  const found = await address(call)
  const labels: { prediction: string; value: number }[] = []
  for (const [month, lift] of [0, 0.1, 1.2].entries()) {
    const rows = Array.from({ length: 60 }, (_, i) => rowOf(month, i, lift))
    const { predictions } = await ask(found, rows)
    for (const [index, { id, value }] of predictions.entries())
      labels.push({
        prediction: id,
        value: value + (month === 2 ? -0.3 : 0) > ((index * 37) % 100) / 100 ? 1 : 0,
      })
  }
  await call(monitoringRoutes.sendFeedback, { project, endpoint: 'sale', labels })
  const last = labels.at(-1)?.prediction ?? ''
  await eventually(
    'the captures have arrived',
    async () => call(monitoringRoutes.getPrediction, { project, prediction: last }).catch(() => undefined),
    patience,
  )
  await call(monitoringRoutes.evaluateMonitor, { project, monitor: 'sale' })
  return last
}

/** A run of somebody's own script, with a curve. */
const track = async (call: Call): Promise<string> => {
  const { id } = await call(trackingRoutes.createRun, { project, name: 'by-hand' })
  await call(trackingRoutes.logToRun, {
    project,
    run: id,
    params: { rate: '0.1', rounds: '50' },
    metrics: [
      ...Array.from({ length: 50 }, (_, step) => ({ key: 'loss', value: 0.7 / Math.sqrt(step + 1), step })),
      { key: 'auc', value: 0.71 },
    ],
  })
  await call(trackingRoutes.putArtifact, { project, run: id, path: 'notes/readme.txt', body: 'By hand.' })
  await call(trackingRoutes.updateRun, { project, run: id, status: 'finished' })
  return id
}

const approver = (token: string, url: string) => {
  const bruno = client({ url, token })
  return (version: number) =>
    bruno(registryRoutes.approve, {
      project,
      model: 'sale',
      version,
      comment: 'Calibrated, and better than before.',
    })
}

const waiting = (call: Call, version: number) =>
  eventually(
    `version ${version} is registered`,
    () => call(registryRoutes.getVersion, { project, model: 'sale', version }).catch(() => undefined),
    patience,
  )

/** A server and an agent as they are shipped, and a small project that has been through everything that pages show. */
export const startWorld = async (options: { port?: number } = {}): Promise<World> => {
  const folder = await mkdtemp(join(tmpdir(), 'esteira-pages-'))
  const program = await startProgram({ home: join(folder, 'home'), port: options.port ?? 0, withAgent: true })
  const { url } = program
  const call = client({ url })
  await declare(call, join(folder, 'shop'))
  await call(projectRoutes.applyProject, { project: 'bare', file: 'project: bare\n' })
  await call(governanceRoutes.createAccount, { name: 'bruno', roles: ['approver'] })
  const { token } = await call(governanceRoutes.createToken, { account: 'bruno' })
  const approval = approver(token, url)

  const commit = await deliver(call, 'Visits of the first week', {
    'visits.csv': visits(400),
    'visitors.csv': visitors,
  })
  await waiting(call, 1)
  await approval(1)
  await rollOut(call, 1)
  const prediction = await live(call)

  await train(call, { auc: 0.5 })
  const second = await train(call, { auc: 0.8, model: 'shifted' })
  const { versions } = await call(registryRoutes.listVersions, { project, model: 'sale' })
  const shifted = versions.find(({ lineage }) => lineage.pipelineRun === second.id)?.version
  if (shifted !== undefined) {
    await approval(shifted)
    await rollOut(call, shifted)
  }
  await train(call, { auc: 0.83 })
  const trackedRun = await track(call)
  const failed = await call(pipelineRoutes.startRun, { project, pipeline: 'stumble' })
  await finished(call, failed.id)
  return {
    url,
    approver: token,
    run: second.id,
    failedRun: failed.id,
    trackedRun,
    prediction,
    commit,
    stop: async () => {
      await program.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
