import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Run } from '../pipelines/contract.ts'
import type { Static } from '../kernel/contract.ts'
import { monitoringRoutes } from './contract.ts'
import { april, captureLines, ndjson, world } from './monitoring.fixture.ts'
import type { MonitoringDeps } from './ports.ts'

const digest = (letter: string) => `sha256:${letter.repeat(64)}`
const [files, baseline, rows, code, lock, tree, raw] = ['1', '2', '3', '4', '5', '6', '7'].map(digest) as [
  string,
  string,
  string,
  string,
  string,
  string,
  string,
]
const commit = 'c'.repeat(64)

const step = (
  name: string,
  given: Partial<Static<typeof Run>['plan'][number]>,
): Static<typeof Run>['plan'][number] => ({
  name,
  status: 'succeeded',
  needs: [],
  uses: null,
  command: ['python', '-m', name],
  environment: 'python',
  attempts: [],
  startedAt: 1,
  finishedAt: 2,
  inputs: {},
  parameters: {},
  outputs: {},
  cache: { key: null, hit: false, from: null },
  error: null,
  ...given,
})

const run: Static<typeof Run> = {
  id: 'prun_1',
  project: 'demo',
  pipeline: 'train',
  pipelineVersion: 1,
  label: null,
  status: 'succeeded',
  createdAt: 1,
  finishedAt: 2,
  startedBy: { kind: 'system', id: 's', name: 's' },
  reproduces: null,
  trackingRun: null,
  steps: { total: 3, succeeded: 3, cached: 0, failed: 0, open: 0 },
  parameters: {},
  inputs: {},
  code: { tree: code },
  environments: { python: { lock } },
  useCache: true,
  cost: { wallMs: 1, cpuMs: 1 },
  plan: [
    step('features', {
      inputs: {
        flights: { digest: tree, kind: 'directory', source: { repository: 'flights', ref: 'main', commit } },
      },
      outputs: { rows: { digest: rows, kind: 'file' } },
    }),
    step('train', {
      inputs: { rows: { digest: rows, kind: 'file', source: { step: 'features', output: 'rows' } } },
      outputs: { model: { digest: files, kind: 'directory' } },
    }),
    step('profile', {
      uses: 'monitoring/profile',
      command: null,
      environment: null,
      inputs: { rows: { digest: rows, kind: 'file', source: { step: 'features', output: 'rows' } } },
      outputs: { baseline: { digest: baseline, kind: 'json' } },
    }),
    step('other', { outputs: { report: { digest: digest('8'), kind: 'json' } } }),
  ],
}

const rooms: Partial<MonitoringDeps> = {
  serving: {
    releaseOf: async () => ({
      release: 4,
      kind: 'release',
      model: 'late',
      version: 2,
      files,
      createdAt: 1,
      createdBy: { kind: 'person', id: 'ana', name: 'Ana' },
    }),
  },
  registry: {
    version: async () => ({
      files,
      baseline,
      lineage: {
        pipelineRun: 'prun_1',
        step: 'register',
        trackingRun: null,
        code,
        environment: lock,
        commits: { flights: { repository: 'flights', commit } },
      },
      createdAt: 1,
      metrics: { auc: 0.7 },
      aliases: ['champion'],
    }),
  },
  pipelines: { run: async () => run },
  data: {
    commitRecord: async (id) => ({
      id,
      project: 'demo',
      repository: 'flights',
      tree,
      parents: [],
      author: { kind: 'person', id: 'ana', name: 'Ana' },
      message: 'January',
      at: 1,
      added: 1,
      changed: 0,
      removed: 0,
    }),
    files: async () => [{ path: 'history/2013-01.parquet', digest: raw, sizeBytes: 10 }],
  },
}

const segment = {
  agent: 'agent-1',
  project: 'demo',
  endpoint: 'late',
  segment: 'a',
  body: ndjson(captureLines({ segment: 'a', from: april, rows: 3 })),
}

test('a prediction walks back to code, environment and the digest of every raw file, and only through steps that made its model', async (t) => {
  const { call } = await world(t, () => rooms)
  await call(monitoringRoutes.uploadCapture, segment)
  const graph = await call(monitoringRoutes.getPredictionLineage, { project: 'demo', prediction: 'a.1' })
  const byKind = (kind: string) =>
    graph.nodes.filter((node) => node.kind === kind).map((node) => node.digest ?? node.label)
  assert.equal(graph.root, 'prediction/a.1')
  assert.deepEqual(byKind('release'), [files])
  assert.deepEqual(byKind('model version'), [files])
  assert.deepEqual(byKind('output'), [files, rows, baseline])
  assert.deepEqual(byKind('step'), ['train', 'features', 'profile'])
  assert.deepEqual(byKind('code'), [code])
  assert.deepEqual(byKind('environment'), [lock])
  assert.deepEqual(byKind('data commit'), [tree])
  assert.deepEqual(byKind('raw file'), [raw])
  assert.deepEqual(graph.notes, [])

  const reached = new Set([graph.root])
  for (let size = 0; size !== reached.size;) {
    size = reached.size
    for (const { from, to } of graph.edges) if (reached.has(from)) reached.add(to)
  }
  assert.deepEqual([...reached].sort(), graph.nodes.map(({ id }) => id).sort())
})

test('what is not known any more is said, and the rest of the way is still shown', async (t) => {
  const { call } = await world(
    t,
    () => ({ serving: rooms.serving, registry: rooms.registry }) as MonitoringDeps,
  )
  await call(monitoringRoutes.uploadCapture, segment)
  const graph = await call(monitoringRoutes.getPredictionLineage, { project: 'demo', prediction: 'a.1' })
  assert.match(
    graph.notes.join(' '),
    /Run prun_1 is not known any more.*Commit c+ of flights is not known any more/,
  )
  assert.ok(graph.nodes.some(({ kind, digest }) => kind === 'code' && digest === code))
  await assert.rejects(call(monitoringRoutes.getPredictionLineage, { project: 'demo', prediction: 'a.9' }), {
    code: 'not_found',
  })
})
