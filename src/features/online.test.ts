import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commitFiles, parquet } from '../data/testing.ts'
import { isAppError } from '../kernel/errors.ts'
import { kernelRoutes } from '../kernel/routes.contract.ts'
import { eventually, type TestServer } from '../testing.ts'
import { type FeatureViewBody, featuresRoutes } from './contract.ts'
import { declareView, featuresServer } from './testing.ts'

const plane: FeatureViewBody = {
  entity: 'tailnum',
  repository: 'planes',
  path: 'planes.parquet',
  features: { seats: 'number', model: 'string' },
  online: true,
}
const planes = (rows: string) => `select * from (values ${rows}) as v(tailnum, seats, model)`

const snapshotOf = (server: TestServer, view: string, isReady: (rows: number) => boolean = () => true) =>
  eventually('an online snapshot', async () => {
    const found = await server.call(featuresRoutes.getFeatureView, { project: 'demo', view })
    return found.online && isReady(found.online.rows) ? found.online : undefined
  })

const read = async (server: TestServer, view: string, keys: (string | number)[]) => {
  const { views } = await server.call(featuresRoutes.readOnlineFeatures, {
    project: 'demo',
    views: [view],
    keys,
  })
  return views[0]?.rows.map(({ status, values }) => [status, values]) ?? []
}

const thrown = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => assert.fail('it was accepted'),
    (error: unknown) => error,
  )
  assert.ok(isAppError(error), String(error))
  return error
}

test('an online view follows the commits of its repository by itself', async (t) => {
  const server = await featuresServer(t)
  await declareView(server, 'plane', plane)
  const table = await parquet(t, planes("('N9', 2, 'b'), ('N10', 55, null), ('N10', 55, null)"))
  const commit = await commitFiles(server, { 'planes.parquet': table }, { repository: 'planes' })
  const made = await snapshotOf(server, 'plane')
  assert.deepEqual([made.commit, made.rows, made.version], [commit.id, 2, 1])
  const missing = { seats: null, model: null }
  assert.deepEqual(await read(server, 'plane', ['N9', 'none', 'N10']), [
    ['PRESENT', { seats: 2, model: 'b' }],
    ['NOT_FOUND', missing],
    ['PRESENT', { seats: 55, model: null }],
  ])
  assert.deepEqual(await server.features.snapshot('demo', 'plane'), {
    view: 'plane',
    entity: 'tailnum',
    features: ['model', 'seats'],
    digest: made.digest,
    commit: commit.id,
  })
  const more = await parquet(t, planes("('N9', 3, 'b'), ('N10', 55, null), ('N11', 1, 'c')"))
  await commitFiles(server, { 'planes.parquet': more }, { repository: 'planes' })
  await snapshotOf(server, 'plane', (rows) => rows === 3)
  assert.deepEqual(await read(server, 'plane', ['N9']), [['PRESENT', { seats: 3, model: 'b' }]])
  const { events } = await server.call(kernelRoutes.listEvents, { type: ['features.materialized'] })
  assert.deepEqual(
    events.map(({ data }) => (data as { rows: number }).rows),
    [2, 3],
  )
})

test('a commit that touches no file of a view leaves its snapshot alone', async (t) => {
  const server = await featuresServer(t)
  await declareView(server, 'plane', plane)
  await declareView(server, 'shadow', { ...plane, path: 'shadow/*.parquet' })
  const table = await parquet(t, planes("('N9', 2, 'b')"))
  const first = await commitFiles(server, { 'planes.parquet': table }, { repository: 'planes' })
  await snapshotOf(server, 'plane')
  await commitFiles(server, { 'shadow/a.parquet': table }, { repository: 'planes' })
  // Views are taken in order of their names: when shadow is there, plane was looked at.
  await snapshotOf(server, 'shadow')
  assert.equal((await snapshotOf(server, 'plane')).commit, first.id)
})

test('a snapshot is NDJSON sorted by key, with the same bytes for the same rows in any order', async (t) => {
  const server = await featuresServer(t)
  await declareView(server, 'plane', plane)
  const rows = ["('é', 1, 'x')", "('b', 2, 'y')", `('a"q', 3, null)`]
  const digests = new Set<string>()
  for (const order of [rows, rows.toReversed()]) {
    const table = await parquet(t, planes(order.join(', ')))
    await commitFiles(server, { 'planes.parquet': table }, { repository: 'planes' })
    const made = await server.call(featuresRoutes.materialiseFeatureView, { project: 'demo', view: 'plane' })
    digests.add(made.online?.digest ?? '')
  }
  const [digest, ...others] = digests
  assert.deepEqual(others, [])
  const blob = await server.call(kernelRoutes.getBlob, { digest: digest ?? '' })
  const lines = (await blob.text()).trimEnd().split('\n')
  assert.deepEqual(
    lines.map((line) => JSON.parse(line) as unknown),
    [
      { key: 'a"q', at: null, values: { seats: 3, model: null } },
      { key: 'b', at: null, values: { seats: 2, model: 'y' } },
      { key: 'é', at: null, values: { seats: 1, model: 'x' } },
    ],
  )
})

test('a value that is older than its ttl is not given, to the millisecond', async (t) => {
  const at = Date.UTC(2013, 0, 1, 10)
  let now = at
  const server = await featuresServer(t, { now: () => now })
  await declareView(server, 'weather', {
    entity: 'origin',
    repository: 'planes',
    timestamp: 'time_hour',
    ttl: '1h',
    features: { temp: 'number' },
    online: true,
  })
  const rows = "(1, timestamp '2013-01-01 09:00:00', 4), (1, timestamp '2013-01-01 10:00:00', 5)"
  const table = await parquet(t, `select * from (values ${rows}) as v(origin, time_hour, temp)`)
  await commitFiles(server, { 'w.parquet': table }, { repository: 'planes' })
  await snapshotOf(server, 'weather')
  now = at + 3_600_000
  assert.deepEqual(await read(server, 'weather', [1, '1']), [
    ['PRESENT', { temp: 5 }],
    ['PRESENT', { temp: 5 }],
  ])
  now = at + 3_600_001
  assert.deepEqual(await read(server, 'weather', [1]), [['OUTSIDE_MAX_AGE', { temp: null }]])
})

test('files that do not fit the view leave the snapshot before in place, and say why', async (t) => {
  const server = await featuresServer(t)
  await declareView(server, 'plane', plane)
  await commitFiles(
    server,
    { 'planes.parquet': await parquet(t, planes("('N9', 2, 'b')")) },
    { repository: 'planes' },
  )
  const good = await snapshotOf(server, 'plane')
  const bad = await commitFiles(
    server,
    { 'planes.parquet': await parquet(t, "select 'N9' as tailnum, 1 as seats") },
    { repository: 'planes' },
  )
  const view = await eventually('the failure', async () => {
    const found = await server.call(featuresRoutes.getFeatureView, { project: 'demo', view: 'plane' })
    return found.lastError ? found : undefined
  })
  assert.equal(view.lastError?.commit, bad.id)
  assert.match(view.lastError.message, /no column model/)
  assert.equal(view.online?.digest, good.digest)
  assert.deepEqual(await read(server, 'plane', ['N9']), [['PRESENT', { seats: 2, model: 'b' }]])
})

test('a new version of a view is served when its snapshot is there', async (t) => {
  const server = await featuresServer(t)
  await declareView(server, 'plane', plane)
  await commitFiles(
    server,
    { 'planes.parquet': await parquet(t, planes("('N9', 2, 'b')")) },
    { repository: 'planes' },
  )
  await snapshotOf(server, 'plane')
  await declareView(server, 'plane', { ...plane, features: { seats: 'string' } })
  await eventually('version 2', async () => {
    const { online } = await server.call(featuresRoutes.getFeatureView, { project: 'demo', view: 'plane' })
    return online?.version === 2
  })
  assert.deepEqual(await read(server, 'plane', ['N9']), [['PRESENT', { seats: '2' }]])
})

test('what is not kept online is refused with what to do', async (t) => {
  const server = await featuresServer(t)
  await declareView(server, 'offline', { ...plane, online: false })
  await declareView(server, 'plane', plane)
  const materialise = (view: string) =>
    thrown(server.call(featuresRoutes.materialiseFeatureView, { project: 'demo', view }))
  assert.match((await materialise('offline')).hint ?? '', /online: true/)
  assert.match((await materialise('plane')).message, /no commit yet/)
  assert.match((await materialise('plan')).hint ?? '', /There are offline, plane/)
  assert.equal((await thrown(read(server, 'plane', ['N9']))).code, 'conflict')
  assert.equal(await server.features.snapshot('demo', 'plane'), undefined)
})
