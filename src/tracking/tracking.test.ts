import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { isAppError } from '../kernel/errors.ts'
import { kernelRoutes } from '../kernel/routes.contract.ts'
import { testServer } from '../testing.ts'
import { trackingRoutes as routes } from './contract.ts'
import { trackingMigrations, trackingRoom, type Tracking } from './index.ts'

const project = 'flights'
const actor = { kind: 'person', id: 'ana', name: 'ana' } as const

const started = async (t: TestContext) => {
  const fronts: Tracking[] = []
  const server = await testServer(t, {
    migrations: trackingMigrations,
    rooms: (kernel) => {
      const room = trackingRoom(kernel)
      fronts.push(room)
      return [room]
    },
  })
  const [tracking] = fronts
  assert.ok(tracking)
  const create = (given: object = {}) => server.call(routes.createRun, { project, ...given })
  return { ...server, tracking, create }
}

const refusal = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => assert.fail('it was accepted'),
    (error: unknown) => error,
  )
  assert.ok(isAppError(error), String(error))
  return error
}

test('a run keeps what is logged to it, and shows of each metric the greatest step', async (t) => {
  const { call, create } = await started(t)
  const { id: run } = await create({ name: 'first', tags: { team: 'ops' } })
  await call(routes.logToRun, {
    project,
    run,
    metrics: [
      { key: 'auc', value: 0.7, step: 2 },
      { key: 'auc', value: 0.9, step: 1 },
      { key: 'loss', value: 'NaN' },
    ],
    params: { units: 'imperial' },
  })
  await call(routes.updateRun, { project, run, status: 'finished' })
  const found = await call(routes.getRun, { project, run })
  assert.equal(found.metrics['auc']?.value, 0.7)
  assert.equal(found.metrics['loss']?.value, 'NaN')
  assert.deepEqual(found.params, { units: 'imperial' })
  assert.equal(found.tags['team'], 'ops')
  assert.equal(found.status, 'finished')
  assert.ok(found.endedAt)
  const { events } = await call(kernelRoutes.listEvents, { subject: `run/${run}` })
  assert.deepEqual(
    events.map(({ type }) => type),
    ['run.started', 'run.finished'],
  )
})

test('a batch is logged whole or not at all', async (t) => {
  const { call, create } = await started(t)
  const { id: run } = await create()
  await call(routes.logToRun, { project, run, params: { depth: '3' } })
  const error = await refusal(
    call(routes.logToRun, {
      project,
      run,
      metrics: [{ key: 'm', value: 1 }],
      params: { depth: '4', other: '1' },
    }),
  )
  assert.equal(error.code, 'invalid')
  assert.match(error.message, /Changing param values is not allowed/)
  const found = await call(routes.getRun, { project, run })
  assert.deepEqual([found.params, found.metrics], [{ depth: '3' }, {}])
})

test('a search combines conditions with and, or and parentheses', async (t) => {
  const { call, create } = await started(t)
  const ids: Record<string, string> = {}
  for (const [name, auc, units] of [
    ['a', 0.5, 'metric'],
    ['b', 0.7, 'imperial'],
    ['c', 0.9, 'metric'],
  ] as const) {
    const { id: run } = await create({ name })
    ids[run] = name
    await call(routes.logToRun, { project, run, metrics: [{ key: 'auc', value: auc }], params: { units } })
  }
  const search = async (filter: string, order = 'metrics.auc') =>
    (await call(routes.searchRuns, { project, filter, order })).runs.map(({ id }) => ids[id]).join('')
  assert.equal(await search('metrics.auc > 0.6'), 'bc')
  assert.equal(await search("metrics.auc > 0.8 or params.units = 'imperial'"), 'bc')
  assert.equal(await search("params.units = 'metric' and (metrics.auc < 0.6 or metrics.auc > 0.8)"), 'ac')
  assert.equal(await search("params.units != 'metric'"), 'b')
  assert.equal(await search("params.units like 'm%'"), 'ac')
  assert.equal(await search("params.units like 'M%'"), '')
  assert.equal(await search("params.units ilike 'M%'"), 'ac')
  assert.equal(await search('params.units is null'), '')
  assert.equal(await search("status = 'RUNNING' and run_name in ('a')").catch(() => 'refused'), 'refused')
  assert.equal(await search('', 'metrics.auc desc'), 'cba')
})

test('NaN comes after numbers and a missing metric last, in both directions', async (t) => {
  const { call, create } = await started(t)
  const names = new Map<string, string>()
  for (const [name, value] of [
    ['one', 1],
    ['nan', 'NaN'],
    ['two', 2],
    ['none', undefined],
  ] as const) {
    const { id: run } = await create({ name, startedAt: 1000 })
    names.set(run, name)
    if (value !== undefined) await call(routes.logToRun, { project, run, metrics: [{ key: 'm', value }] })
  }
  const order = async (clause: string) =>
    (await call(routes.searchRuns, { project, order: clause })).runs.map(({ id }) => names.get(id))
  assert.deepEqual(await order('metrics.m asc'), ['one', 'two', 'nan', 'none'])
  assert.deepEqual(await order('metrics.m desc'), ['two', 'one', 'nan', 'none'])
})

test('pages do not shift when runs arrive between them', async (t) => {
  const { call, create } = await started(t)
  const expected = new Set<string>()
  for (let index = 0; index < 7; index += 1) expected.add((await create({ startedAt: 1000 + index })).id)
  const seen: string[] = []
  let after: string | undefined
  do {
    const page = await call(routes.searchRuns, { project, limit: 2, ...(after ? { after } : {}) })
    seen.push(...page.runs.map(({ id }) => id))
    after = page.next
    await create({ startedAt: 5000 + seen.length })
  } while (after)
  assert.deepEqual(seen.length, new Set(seen).size, 'no run twice')
  assert.deepEqual(new Set(seen), expected, 'none missed, and none of the newer ones that came in front')
})

test('a page token of another query is refused', async (t) => {
  const { call, create } = await started(t)
  await create()
  await create()
  const { next } = await call(routes.searchRuns, { project, limit: 1 })
  assert.ok(next)
  const error = await refusal(call(routes.searchRuns, { project, limit: 1, after: next, order: 'metrics.m' }))
  assert.equal(error.code, 'invalid')
})

test('a long history is sampled without losing its spike', async (t) => {
  const { call, create } = await started(t)
  const { id: run } = await create()
  for (let batch = 0; batch < 3; batch += 1)
    await call(routes.logToRun, {
      project,
      run,
      metrics: Array.from({ length: 1000 }, (_, index) => {
        const step = batch * 1000 + index
        return { key: 'loss', value: step === 1234 ? 99 : Math.sin(step), step, timestamp: step }
      }),
    })
  const { points, total } = await call(routes.metricHistory, { project, run, metric: 'loss', points: 100 })
  assert.equal(total, 3000)
  assert.ok(points.length <= 100)
  assert.ok(points.some(({ value, step }) => value === 99 && step === 1234))
})

test('an artifact is listed once it is whole, and comes back byte for byte', async (t) => {
  const { call, create } = await started(t)
  const { id: run } = await create()
  await call(routes.putArtifact, { project, run, path: 'plots/a.html', body: '<script>alert(1)</script>' })
  const { artifacts } = await call(routes.listArtifacts, { project, run })
  assert.deepEqual(
    artifacts.map(({ path, kind }) => [path, kind]),
    [['plots', 'directory']],
  )
  const response = await call(routes.getArtifact, { project, run, path: 'plots/a.html' })
  assert.equal(await response.text(), '<script>alert(1)</script>')
  assert.match(response.headers.get('content-disposition') ?? '', /^attachment/)
  assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
  const error = await refusal(call(routes.putArtifact, { project, run, path: '../a', body: 'x' }))
  assert.equal(error.code, 'invalid')
})

test('a deleted run takes nothing more until it is restored', async (t) => {
  const { call, create } = await started(t)
  const { id: run } = await create()
  await call(routes.deleteRun, { project, run })
  assert.deepEqual((await call(routes.searchRuns, { project })).runs, [])
  const error = await refusal(call(routes.logToRun, { project, run, tags: { a: 'b' } }))
  assert.match(error.message, /must be in the 'active' state/)
  await call(routes.restoreRun, { project, run })
  await call(routes.logToRun, { project, run, tags: { a: 'b' } })
})

test('a run of one project is not there for another', async (t) => {
  const { call, create } = await started(t)
  const { id: run } = await create()
  const error = await refusal(call(routes.getRun, { project: 'other', run }))
  assert.equal(error.code, 'not_found')
})

test('the run of a pipeline run is started once, also when two ask at the same time', async (t) => {
  const { tracking } = await started(t)
  const start = () => tracking.startRun({ project, experiment: 'train', pipelineRun: 'run_p1', actor })
  const [first, second] = await Promise.all([start(), start()])
  assert.equal(first.id, second.id)
  assert.equal((await tracking.runOfPipeline(project, 'run_p1'))?.id, first.id)
  await tracking.finishRun(project, first.id, { status: 'finished', actor })
  await tracking.finishRun(project, first.id, { status: 'finished', actor })
  assert.equal((await tracking.run(project, first.id)).status, 'finished')
})

test('eight writers on one run lose nothing', async (t) => {
  const { call, create } = await started(t)
  const { id: run } = await create()
  const writer = async (name: number) => {
    for (let step = 0; step < 20; step += 1)
      await call(routes.logToRun, {
        project,
        run,
        metrics: [{ key: 'm', value: name, step, timestamp: name }],
      })
  }
  await Promise.all(Array.from({ length: 8 }, (_, name) => writer(name)))
  const { total } = await call(routes.metricHistory, { project, run, metric: 'm' })
  assert.equal(total, 160)
})
