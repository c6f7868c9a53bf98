import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Principal } from '../../kernel/auth/principal.ts'
import { testServer } from '../../testing.ts'
import { type Tracking, trackingMigrations, trackingRoom } from '../../tracking/index.ts'
import { modelDefinition, registryRoutes } from '../contract.ts'
import { registryMigrations, registryRoom } from '../index.ts'
import { withoutPrompts } from './vocabulary.ts'

type Answer = { status: number; body: Record<string, unknown> & { error_code?: string; message?: string } }

const owner: Principal = { kind: 'person', id: 'owner', name: 'owner', roles: ['admin'] }
const ana = { kind: 'person', id: 'ana', name: 'ana' } as const

const started = async (t: TestContext) => {
  const rooms: Tracking[] = []
  const server = await testServer(t, {
    migrations: [...trackingMigrations, ...registryMigrations],
    rooms: (kernel) => {
      const tracking = trackingRoom(kernel)
      rooms.push(tracking)
      return [tracking, registryRoom(kernel, { tracking })]
    },
  })
  const [tracking] = rooms
  assert.ok(tracking)
  const asker =
    (token?: string) =>
    async (method: string, path: string, body?: unknown): Promise<Answer> => {
      const response = await fetch(`${server.url}/api/2.0/mlflow${path}`, {
        method,
        headers: {
          ...(token ? { authorization: `Bearer ${token}` } : {}),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      return { status: response.status, body: (await response.json()) as Answer['body'] }
    }
  return { ...server, tracking, ask: asker(), asker }
}

test('a client cannot go around the gate of a declared model: it is judged by the metrics of the run', async (t) => {
  const { kernel, ask, call } = await started(t)
  const body = { gate: [{ metric: 'auc', min: 0.6 }] }
  await kernel.write((tx) =>
    kernel.definitions.put(tx, {
      project: 'default',
      kind: modelDefinition.kind,
      name: 'late',
      body,
      actor: owner,
    }),
  )
  const version = async (auc: number) => {
    const { body } = await ask('POST', '/runs/create', { experiment_id: '0', start_time: 1 })
    const run_id = (body['run'] as { info: { run_id: string } }).info.run_id
    await ask('POST', '/runs/log-metric', { run_id, key: 'auc', value: auc, timestamp: 1 })
    return ask('POST', '/model-versions/create', { name: 'late', source: `runs:/${run_id}/model`, run_id })
  }
  const bad = await version(0.5)
  assert.equal(bad.body.error_code, 'RESOURCE_CONFLICT')
  assert.match(
    bad.body.message ?? '',
    /The gate of late refused this version: auc: 0\.5 against at least 0\.6/,
  )
  assert.equal((await version(0.7)).status, 200)
  const { candidates } = await call(registryRoutes.listCandidates, { project: 'default', model: 'late' })
  assert.deepEqual(
    candidates.map(({ decision }) => decision),
    ['registered', 'refused'],
  )
})

test('who started the pipeline run is an author of what its step registers with a token', async (t) => {
  const { governance, tracking, asker, call } = await started(t)
  const run = await tracking.startRun({ project: 'flights', pipelineRun: 'run_p', actor: ana })
  const ask = asker(await governance.forRun({ project: 'flights', run: 'run_p', step: 'train' }))
  await ask('POST', '/registered-models/create', { name: 'late' })
  const made = await ask('POST', '/model-versions/create', {
    name: 'late',
    source: `runs:/${run.id}/model`,
    run_id: run.id,
  })
  assert.equal(made.status, 200, JSON.stringify(made.body))
  const found = await call(registryRoutes.getVersion, { project: 'flights', model: 'late', version: 1 })
  assert.deepEqual(
    found.authors.map(({ kind, id }) => `${kind} ${id}`),
    ['run run_p', 'person ana'],
  )
  assert.equal(found.lineage.pipelineRun, 'run_p')
})

test('a source must lie in what the request names', async (t) => {
  const { ask } = await started(t)
  await ask('POST', '/registered-models/create', { name: 'm' })
  const create = async (source: string, more: object = {}) =>
    (await ask('POST', '/model-versions/create', { name: 'm', source, ...more })).status
  assert.equal(await create('runs:/run_other/model', { run_id: 'run_mine' }), 400)
  assert.equal(await create('models:/m-unknown'), 400)
  assert.equal(await create('models:/m/7'), 404)
  assert.equal(await create('s3://bucket/model'), 200, 'a place that is not ours is only noted')
  const { body } = await ask('GET', '/model-versions/get-download-uri?name=m&version=1')
  assert.equal(body['artifact_uri'], 's3://bucket/model')
})

test('a prompt is no model, unless somebody asks for prompts', async (t) => {
  const { ask } = await started(t)
  await ask('POST', '/registered-models/create', { name: 'a model' })
  await ask('POST', '/registered-models/create', {
    name: 'a prompt',
    tags: [{ key: 'mlflow.prompt.is_prompt', value: 'true' }],
  })
  const search = async (filter?: string) => {
    const { body } = await ask(
      'GET',
      `/registered-models/search${filter ? `?filter=${encodeURIComponent(filter)}` : ''}`,
    )
    return (body['registered_models'] as { name: string }[]).map(({ name }) => name)
  }
  assert.deepEqual(await search(), ['a model'])
  assert.deepEqual(await search("tag.`mlflow.prompt.is_prompt` != 'true'"), ['a model'])
  assert.deepEqual(await search("name like 'a%' AND tag.`mlflow.prompt.is_prompt` != 'true'"), ['a model'])
  assert.deepEqual(await search("tags.`mlflow.prompt.is_prompt` = 'true'"), ['a prompt'])
  assert.match(withoutPrompts("name = 'x' or name = 'y'"), /^\(name = 'x' or name = 'y'\) and /)
})
