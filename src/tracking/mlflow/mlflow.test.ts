import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { test, type TestContext } from 'node:test'
import * as fc from 'fast-check'
import { eventually, testServer } from '../../testing.ts'
import { type Tracking, trackingMigrations, trackingRoom } from '../index.ts'

type Answer = { status: number; body: Record<string, unknown> & { error_code?: string; message?: string } }

const started = async (t: TestContext) => {
  const rooms: Tracking[] = []
  const server = await testServer(t, {
    migrations: trackingMigrations,
    rooms: (kernel) => {
      const room = trackingRoom(kernel)
      rooms.push(room)
      return [room]
    },
  })
  const [tracking] = rooms
  assert.ok(tracking)
  const askAt =
    (root: string, token?: string) =>
    async (method: string, path: string, body?: unknown): Promise<Answer> => {
      const response = await fetch(`${server.url}${root}${path}`, {
        method,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      return { status: response.status, body: (await response.json()) as Answer['body'] }
    }
  const ask = askAt('/api/2.0/mlflow')
  const createRun = async () => {
    const { body } = await ask('POST', '/runs/create', { experiment_id: '0', start_time: 1 })
    return (body['run'] as { info: { run_id: string } }).info.run_id
  }
  return { ...server, tracking, ask, askAt, createRun }
}

const isRefused = ({ status, body }: Answer, message: RegExp, code = 'INVALID_PARAMETER_VALUE') => {
  assert.equal(body.error_code, code, JSON.stringify(body))
  assert.match(body.message ?? '', message)
  assert.ok(status >= 400 && status < 500)
}

test('faults carry the names and words that MLflow clients look for', async (t) => {
  const { ask, createRun } = await started(t)
  const run = await createRun()
  isRefused(
    await ask('POST', '/runs/log-metric', { run_id: 31 }),
    /Invalid value 31 for parameter 'run_id' supplied/,
  )
  isRefused(
    await ask('POST', '/runs/log-metric', { run_id: run, value: 1, timestamp: 1 }),
    /Missing value for required parameter 'key'/,
  )
  isRefused(
    await ask('POST', '/runs/log-batch', { run_id: run, metrics: [{ key: '../a', value: 1, timestamp: 1 }] }),
    /Invalid value "\.\.\/a" for parameter 'metrics\[0\]\.name' supplied/,
  )
  isRefused(
    await ask('GET', '/runs/get?run_id=none'),
    /Run with id=none not found/,
    'RESOURCE_DOES_NOT_EXIST',
  )
  isRefused(
    await ask('POST', '/runs/search', { experiment_ids: ['0'], max_results: 60_000 }),
    /at most 50000/,
  )
  isRefused(
    await ask('POST', '/experiments/create', { name: 'Default' }),
    /already exists/,
    'RESOURCE_ALREADY_EXISTS',
  )
  isRefused(await ask('GET', '/nothing/here'), /There is no GET/, 'ENDPOINT_NOT_FOUND')
  assert.equal((await ask('POST', '/traces/search', {})).status, 501)
})

test('a number that no double holds is refused and leaves no point', async (t) => {
  const { ask, createRun } = await started(t)
  const run = await createRun()
  const body = (value: string) => `{"run_id":"${run}","key":"m","value":${value},"timestamp":1}`
  for (const value of ['1e400', '-1e400', 'NaN', 'Infinity', 'true', 'null', '"abc"', '[]'])
    isRefused(await ask('POST', '/runs/log-metric', body(value)), /./)
  assert.deepEqual((await ask('GET', `/metrics/get-history?run_id=${run}&metric_key=m`)).body, {
    metrics: [],
  })
  for (const value of ['"NaN"', '"Infinity"', '1e308', '"-Infinity"'])
    assert.equal((await ask('POST', '/runs/log-metric', body(value))).status, 200, value)
  const { metrics } = (await ask('GET', `/metrics/get-history?run_id=${run}&metric_key=m`)).body
  assert.deepEqual(
    (metrics as { value: unknown }[]).map(({ value }) => value),
    [-Number.MAX_VALUE, 'NaN', 1e308, Number.MAX_VALUE],
  )
})

test('the same point again is kept once, and histories come in pages that do not shift', async (t) => {
  const { ask, createRun } = await started(t)
  const run = await createRun()
  const metrics = Array.from({ length: 10 }, (_, step) => ({ key: 'm', value: step, timestamp: 5, step }))
  for (let again = 0; again < 2; again += 1) await ask('POST', '/runs/log-batch', { run_id: run, metrics })
  const steps: number[] = []
  let token = ''
  do {
    const { body } = await ask(
      'GET',
      `/metrics/get-history?run_id=${run}&metric_key=m&max_results=4&page_token=${token}`,
    )
    steps.push(...(body['metrics'] as { step: number }[]).map(({ step }) => step))
    token = (body['next_page_token'] as string | undefined) ?? ''
  } while (token !== '')
  assert.deepEqual(steps, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
})

test('limits of a batch are enforced with their messages', async (t) => {
  const { ask, createRun } = await started(t)
  const run = await createRun()
  const metrics = Array.from({ length: 1001 }, (_, step) => ({ key: 'm', value: 1, timestamp: 1, step }))
  isRefused(await ask('POST', '/runs/log-batch', { run_id: run, metrics }), /at most 1000 metrics. Got 1001/)
  const params = Array.from({ length: 101 }, (_, index) => ({ key: `p${index}`, value: 'x' }))
  isRefused(await ask('POST', '/runs/log-batch', { run_id: run, params }), /at most 100 params/)
  const twice = [
    { key: 'a', value: '1' },
    { key: 'a', value: '1' },
  ]
  isRefused(await ask('POST', '/runs/log-batch', { run_id: run, params: twice }), /Duplicate parameter keys/)
  const large = [{ key: 'a', value: 'x'.repeat(1_100_000) }]
  isRefused(await ask('POST', '/runs/log-batch', { run_id: run, tags: large }), /./)
})

test('no address of an artifact reaches outside the run that it names', async (t) => {
  const { url, createRun } = await started(t)
  const run = await createRun()
  const proxy = `${url}/api/2.0/mlflow-artifacts/artifacts`
  const put = async (path: string) =>
    (await fetch(`${proxy}/0/${run}/artifacts/${path}`, { method: 'PUT', body: 'x' })).status
  assert.equal(await put('ok/file.json'), 200)
  for (const path of ['..%2f..%2fa', '%2e%2e%2fa', '%252e%252e%252fa', 'a%5cb', 'a%00b', '%2Fetc%2Fpasswd'])
    assert.ok([400, 404].includes(await put(path)), path)
  const listed = await fetch(`${proxy}?path=0/${run}/artifacts`)
  assert.deepEqual(await listed.json(), { files: [{ path: 'ok', is_dir: true }] })
  assert.equal((await fetch(`${proxy}/0/${run}/artifacts/ok`)).status, 404, 'a folder is no file')
  assert.equal((await fetch(`${proxy}/etc/passwd`)).status, 404)
})

test('a client that dies halfway through an upload leaves nothing visible', async (t) => {
  const { url, ask, createRun } = await started(t)
  const run = await createRun()
  const { hostname, port } = new URL(url)
  const upload = httpRequest({
    hostname,
    port,
    method: 'PUT',
    path: `/api/2.0/mlflow-artifacts/artifacts/0/${run}/artifacts/big.bin`,
    headers: { 'content-length': 1_000_000, 'content-type': 'application/octet-stream' },
  })
  upload.on('error', () => {})
  await new Promise<void>((resolve) => {
    upload.write(Buffer.alloc(100_000), () => resolve())
  })
  upload.destroy()
  await new Promise<void>((resolve) => {
    upload.on('close', resolve)
  })
  assert.deepEqual((await ask('GET', `/artifacts/list?run_id=${run}`)).body['files'], [])
  assert.equal(
    (
      await fetch(`${url}/api/2.0/mlflow-artifacts/artifacts/0/${run}/artifacts/big.bin`, {
        method: 'PUT',
        body: Buffer.alloc(1_000_000),
      })
    ).status,
    200,
  )
  const files = await eventually('the whole file', async () => {
    const { body } = await ask('GET', `/artifacts/list?run_id=${run}`)
    const found = body['files'] as { file_size: number }[]
    return found.length > 0 && found
  })
  assert.equal(files[0]?.file_size, 1_000_000)
})

test('the address names a project, and experiment 0 is the default one of each', async (t) => {
  const { askAt, createRun } = await started(t)
  const run = await createRun()
  const askFlights = askAt('/mlflow/flights/api/2.0/mlflow')
  assert.equal((await askFlights('GET', `/runs/get?run_id=${run}`)).status, 404)
  const made = await askFlights('POST', '/runs/create', { experiment_id: '0', start_time: 1 })
  const info = (made.body['run'] as { info: Record<string, string> }).info
  assert.equal(info['experiment_id'], '0')
  const found = await askFlights('GET', '/experiments/get?experiment_id=0')
  assert.equal((found.body['experiment'] as { name: string }).name, 'Default')
})

test('a deleted experiment keeps its name and hides its runs until it is restored', async (t) => {
  const { ask } = await started(t)
  const { body } = await ask('POST', '/experiments/create', { name: 'old' })
  const experiment_id = String(body['experiment_id'])
  await ask('POST', '/runs/create', { experiment_id, start_time: 1 })
  const runs = async () =>
    ((await ask('POST', '/runs/search', { experiment_ids: [experiment_id] })).body['runs'] as unknown[])
      .length
  assert.equal(await runs(), 1)
  assert.equal((await ask('POST', '/experiments/delete', { experiment_id })).status, 200)
  assert.equal(await runs(), 0)
  isRefused(await ask('POST', '/experiments/create', { name: 'old' }), /deleted/, 'RESOURCE_ALREADY_EXISTS')
  await ask('POST', '/experiments/restore', { experiment_id })
  assert.equal(await runs(), 1)
})

test('a step that ends its client does not end the run of the pipeline, and its token sees only its project', async (t) => {
  const { url, governance, tracking, askAt } = await started(t)
  const actor = { kind: 'person', id: 'ana', name: 'ana' } as const
  const { id: run_id } = await tracking.startRun({ project: 'flights', pipelineRun: 'run_p', actor })
  const token = await governance.forRun({ project: 'flights', run: 'run_p', step: 'train' })
  const ask = askAt('/api/2.0/mlflow', token)
  assert.equal(
    (await ask('POST', '/runs/log-metric', { run_id, key: 'auc', value: 0.7, timestamp: 1 })).status,
    200,
  )
  assert.equal((await ask('POST', '/runs/update', { run_id, status: 'FINISHED', end_time: 5 })).status, 200)
  assert.equal((await tracking.run('flights', run_id)).status, 'running')
  await tracking.finishRun('flights', run_id, { status: 'failed', actor })
  assert.equal((await tracking.run('flights', run_id)).status, 'failed')
  const other = await fetch(`${url}/mlflow/other/api/2.0/mlflow/experiments/search`, {
    headers: { authorization: `Bearer ${token}` },
  })
  assert.equal(other.status, 403)
  assert.equal(((await other.json()) as Answer['body']).error_code, 'PERMISSION_DENIED')
})

test('odd bodies are refused, never an error of the server', async (t) => {
  const { url, ask } = await started(t)
  const bodies = [
    '',
    '{',
    '[]',
    '"x"',
    'null',
    '{"run_id":{"a":1}}',
    '{"__proto__":{"run_id":"x"}}',
    '{"metrics":[null]}',
    '{"tags":"x"}',
  ]
  for (const path of [
    '/runs/log-batch',
    '/runs/create',
    '/runs/search',
    '/experiments/search',
    '/runs/log-inputs',
    '/logged-models',
  ])
    for (const body of bodies) {
      const { status } = await ask('POST', path, body)
      assert.ok(status < 500, `${path} ${body}: ${status}`)
    }
  const plain = await fetch(`${url}/api/2.0/mlflow/runs/create`, {
    method: 'POST',
    body: 'x',
    headers: { 'content-type': 'text/plain' },
  })
  assert.equal(plain.status, 400)
  assert.equal(((await plain.json()) as Answer['body']).error_code, 'INVALID_PARAMETER_VALUE')
})

test('no body that chance makes breaks the server', async (t) => {
  const { ask, createRun } = await started(t)
  const run_id = await createRun()
  const path = fc.constantFrom(
    ...'log-batch log-metric log-parameter set-tag log-inputs outputs log-model update search create'
      .split(' ')
      .map((name) => `/runs/${name}`),
    '/experiments/create',
    '/experiments/search',
    '/experiments/update',
    '/logged-models',
    '/logged-models/search',
  )
  const field = fc.constantFrom(
    ...'run_id key value timestamp step metrics params tags filter order_by max_results page_token'.split(
      ' ',
    ),
    ...'experiment_id experiment_ids name new_name datasets models model_json status view_type'.split(' '),
  )
  const value = fc.oneof(
    fc.constantFrom<unknown>(
      run_id,
      '0',
      ['0'],
      "metrics.a > 1 or name like '%'",
      ['metrics.a desc'],
      1,
      1e20,
      'NaN',
    ),
    fc.constantFrom<unknown>(
      [{ key: 'k', value: 1, timestamp: 1 }],
      [{ dataset: {} }],
      'WzEsMiwzLDRd',
      null,
      true,
      '\0',
    ),
    fc.jsonValue({ maxDepth: 2 }),
  )
  const body = fc.dictionary(field, value, { maxKeys: 6, noNullPrototype: true })
  await fc.assert(
    fc.asyncProperty(path, body, async (path, body) => {
      const { status } = await ask('POST', path, { run_id, ...body })
      assert.ok(status < 500, `${path} ${JSON.stringify(body)}: ${status}`)
    }),
    { numRuns: 300 },
  )
})
