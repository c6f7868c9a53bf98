import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Principal } from '../kernel/auth/principal.ts'
import { treeOf } from '../kernel/blobs/tree.ts'
import { isAppError } from '../kernel/errors.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { kernelRoutes } from '../kernel/routes.contract.ts'
import { governanceRoutes } from '../governance/contract.ts'
import { type TestServer, testServer } from '../testing.ts'
import { trackingMigrations, trackingRoom } from '../tracking/index.ts'
import { modelDefinition, registryRoutes as routes } from './contract.ts'
import { type RegisterContext, type Registry, registryMigrations, registryRoom } from './index.ts'
import { isSealIntact } from './seal.ts'
import { findVersion, updateVersion } from './version.store.ts'

const project = 'flights'
const model = 'late-arrival'
const ana = { kind: 'person', id: 'ana', name: 'ana' } as const
const owner: Principal = { kind: 'person', id: 'owner', name: 'owner', roles: ['admin'] }

const started = async (t: TestContext) => {
  const rooms: Registry[] = []
  const server = await testServer(t, {
    migrations: [...trackingMigrations, ...registryMigrations],
    rooms: (kernel) => {
      const tracking = trackingRoom(kernel)
      const registry = registryRoom(kernel, { tracking })
      rooms.push(registry)
      return [tracking, registry]
    },
  })
  const [registry] = rooms
  assert.ok(registry)
  return { ...server, registry }
}

const declare = (kernel: Kernel, body: object) =>
  kernel.write((tx) =>
    kernel.definitions.put(tx, { project, kind: modelDefinition.kind, name: model, body, actor: owner }),
  )

const gated = {
  gate: [
    { metric: 'auc', min: 0.6 },
    { metric: 'log_loss', below: 'champion_log_loss', when: 'champion' },
  ],
  approval: { count: 1 },
}

const candidate = async (
  kernel: Kernel,
  { run, metrics }: { run: string; metrics: object },
): Promise<RegisterContext> => {
  const files = []
  for (const [path, text] of [
    ['model.onnx', `weights of ${run}`],
    ['signature.json', '{"inputs":[{"name":"x","datatype":"FP32","shape":[-1,1]}],"outputs":[]}'],
  ] as const)
    files.push({ path, ...(await kernel.blobs.put(text)) })
  return {
    project,
    run,
    step: 'register',
    actor: ana,
    code: `sha256:${'c'.repeat(64)}`,
    commits: { flights: { repository: 'flights', commit: 'c1' } },
    with: { model },
    inputs: {
      files: (await treeOf(kernel.blobs, files)).digest,
      metrics: (await kernel.blobs.put(JSON.stringify(metrics))).digest,
    },
  }
}

const refusal = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => assert.fail('it was accepted'),
    (error: unknown) => error,
  )
  assert.ok(isAppError(error), String(error))
  return error
}

const person = async (server: TestServer, name: string, roles: ('approver' | 'viewer' | 'ML engineer')[]) => {
  await server.call(governanceRoutes.createAccount, { name, roles })
  const { token } = await server.call(governanceRoutes.createToken, { account: name })
  return server.as(token)
}

const typesOf = async (server: TestServer, subject: string) => {
  const { events } = await server.call(kernelRoutes.listEvents, { project, subject })
  return events.map(({ type }) => type)
}

test('a candidate that passes becomes a version with its lineage, and waits for approval', async (t) => {
  const server = await started(t)
  await declare(server.kernel, gated)
  const context = await candidate(server.kernel, { run: 'run_1', metrics: { auc: 0.7, log_loss: 0.5 } })
  const { decision, version } = await server.registry.register(context)
  assert.deepEqual([decision, version], ['registered', 1])
  const found = await server.call(routes.getVersion, { project, model, version: 1 })
  assert.equal(found.format, 'onnx')
  assert.equal(found.approval.state, 'pending')
  assert.deepEqual(found.metrics, { auc: 0.7, log_loss: 0.5 })
  assert.deepEqual(found.lineage.commits, { flights: { repository: 'flights', commit: 'c1' } })
  assert.equal(found.lineage.pipelineRun, 'run_1')
  assert.deepEqual(
    found.gate.results.map(({ outcome }) => outcome),
    ['passed', 'skipped'],
  )
  assert.deepEqual((found.signature as { inputs: { name: string }[] }).inputs[0]?.name, 'x')
  assert.deepEqual(await typesOf(server, `model/${model}/1`), [
    'model.version.registered',
    'model.approval.requested',
  ])
  const { files } = await server.call(routes.listVersionFiles, { project, model, version: 1 })
  assert.deepEqual(
    files.map(({ path }) => path),
    ['model.onnx', 'signature.json'],
  )
  const file = await server.call(routes.getVersionFile, { project, model, version: 1, path: 'model.onnx' })
  assert.equal(await file.text(), 'weights of run_1')
})

test('the same step again makes nothing new, also when two ask at the same time', async (t) => {
  const { kernel, registry } = await started(t)
  const context = await candidate(kernel, { run: 'run_1', metrics: { auc: 0.7 } })
  const [a, b] = await Promise.all([registry.register(context), registry.register(context)])
  assert.deepEqual(a, b)
  assert.deepEqual(await registry.register(context), a)
  assert.equal((await registry.versions(project, model)).length, 1)
})

test('a candidate that the gate refuses is kept with every rule’s result, and no version is made', async (t) => {
  const server = await started(t)
  await declare(server.kernel, gated)
  const context = await candidate(server.kernel, { run: 'run_bad', metrics: { auc: 0.55, log_loss: 0.9 } })
  const { decision, version } = await server.registry.register(context)
  assert.deepEqual([decision, version], ['refused', undefined])
  const { candidates } = await server.call(routes.listCandidates, { project, model, decision: 'refused' })
  assert.equal(candidates[0]?.gate.results[0]?.outcome, 'failed')
  assert.match(candidates[0]?.gate.results[0]?.why ?? '', /0\.55 against at least 0\.6/)
  assert.deepEqual((await server.call(routes.listVersions, { project, model })).versions, [])
  assert.equal((await typesOf(server, `model/${model}`)).at(-1), 'model.version.refused')
})

test('an author may not approve; another person with the right may, and only then an alias can point there', async (t) => {
  const server = await started(t)
  await declare(server.kernel, gated)
  await server.registry.register(await candidate(server.kernel, { run: 'run_1', metrics: { auc: 0.7 } }))
  const version = { project, model, version: 1 }
  const asAna = await person(server, 'ana', ['approver'])
  const asBruno = await person(server, 'bruno', ['approver'])
  const asVera = await person(server, 'vera', ['viewer'])

  const early = await refusal(server.registry.setAlias({ ...version, alias: 'champion' }, owner))
  assert.equal(early.code, 'conflict')
  const own = await refusal(asAna(routes.approve, { ...version }))
  assert.equal(own.code, 'forbidden')
  assert.match(own.message, /ana is an author/)
  assert.match(own.hint ?? '', /approver or admin in this project, other than ana/)
  assert.equal((await refusal(asVera(routes.approve, { ...version }))).code, 'forbidden')

  const approved = await asBruno(routes.approve, { ...version, comment: 'looks good' })
  assert.equal(approved.approval.state, 'approved')
  assert.equal(approved.approval.decisions[0]?.by.name, 'bruno')
  assert.equal((await refusal(asBruno(routes.approve, { ...version }))).code, 'conflict')
  await server.registry.setAlias({ ...version, alias: 'champion' }, owner)
  assert.equal((await server.registry.resolve(project, model, 'champion'))?.version, 1)
  assert.deepEqual(await typesOf(server, `model/${model}/1`), [
    'model.version.registered',
    'model.approval.requested',
    'model.version.approved',
  ])
})

test('two approvals are two people, and a rejection stands until approval is asked for again', async (t) => {
  const server = await started(t)
  await declare(server.kernel, { approval: { count: 2 } })
  await server.registry.register(await candidate(server.kernel, { run: 'run_1', metrics: {} }))
  const version = { project, model, version: 1 }
  const asBruno = await person(server, 'bruno', ['approver'])
  const asCarla = await person(server, 'carla', ['approver'])
  assert.equal((await asBruno(routes.approve, { ...version })).approval.state, 'pending')
  assert.match((await refusal(asBruno(routes.approve, { ...version }))).message, /has decided/)
  assert.equal((await asCarla(routes.reject, { ...version, comment: 'not yet' })).approval.state, 'rejected')
  assert.equal((await refusal(asCarla(routes.approve, { ...version }))).code, 'conflict')
  await server.call(routes.requestApproval, { ...version })
  assert.equal(
    (await asBruno(routes.approve, { ...version })).approval.state,
    'pending',
    'earlier decisions count no more',
  )
  assert.equal((await asCarla(routes.approve, { ...version })).approval.state, 'approved')
})

test('a challenger is judged against the champion that there then is', async (t) => {
  const { kernel, registry } = await started(t)
  await declare(kernel, { gate: gated.gate })
  await registry.register(await candidate(kernel, { run: 'run_1', metrics: { auc: 0.7, log_loss: 0.5 } }))
  await registry.setAlias({ project, model, version: 1, alias: 'champion' }, owner)
  const worse = await registry.register(
    await candidate(kernel, { run: 'run_2', metrics: { auc: 0.8, log_loss: 0.5, champion_log_loss: 0.49 } }),
  )
  assert.equal(worse.decision, 'refused')
  assert.equal(worse.gate.champion, 1)
  const better = await registry.register(
    await candidate(kernel, { run: 'run_3', metrics: { auc: 0.8, log_loss: 0.48, champion_log_loss: 0.49 } }),
  )
  assert.deepEqual([better.decision, better.version], ['registered', 2])
})

test('without a declared gate or approval a version is approved at once, by the system', async (t) => {
  const server = await started(t)
  await server.registry.register(await candidate(server.kernel, { run: 'run_1', metrics: {} }))
  const found = await server.call(routes.getVersion, { project, model, version: 1 })
  assert.equal(found.gate.note, 'no gate declared')
  assert.equal(found.approval.state, 'approved')
  const { events } = await server.call(kernelRoutes.listEvents, { project, subject: `model/${model}/1` })
  assert.equal(events.at(-1)?.type, 'model.version.approved')
  assert.equal(events.at(-1)?.actor.kind, 'system')
})

test('an alias moves, tells from where to where, and some names are reserved', async (t) => {
  const server = await started(t)
  for (const run of ['run_1', 'run_2'])
    await server.registry.register(await candidate(server.kernel, { run, metrics: {} }))
  const set = (alias: string, version: number) =>
    server.call(routes.setAlias, { project, model, alias, version })
  await set('champion', 1)
  await set('champion', 1)
  assert.deepEqual((await set('champion', 2)).aliases, { champion: 2 })
  for (const alias of ['latest', 'v1', '7']) assert.equal((await refusal(set(alias, 1))).code, 'invalid')
  await server.call(routes.deleteAlias, { project, model, alias: 'champion' })
  assert.equal(await server.registry.resolve(project, model, 'champion'), undefined)
  const { events } = await server.call(kernelRoutes.listEvents, { project, type: ['model.alias.moved'] })
  assert.deepEqual(
    events.map(({ data }) => [(data as { from: number }).from, (data as { to: number }).to]),
    [
      [null, 1],
      [1, 2],
      [2, null],
    ],
  )
})

test('a version is sealed, and the seal breaks when any of what it covers is changed', async (t) => {
  const { kernel, registry } = await started(t)
  await registry.register(await candidate(kernel, { run: 'run_1', metrics: { auc: 0.7 } }))
  const row = await findVersion(kernel.db, { project, model, version: 1 })
  assert.ok(row)
  assert.equal(isSealIntact(row, kernel.keys.publicKey), true)
  assert.equal((await registry.version(project, model, 1)).sealIsIntact, true)
  await kernel.write((tx) => updateVersion(tx, row, { metricsJson: '{"auc":0.99}' }))
  assert.equal(
    (await registry.version(project, model, 1)).sealIsIntact,
    false,
    'somebody changed the database',
  )
  for (const change of [
    { files: `sha256:${'0'.repeat(64)}` },
    { metricsJson: '{"auc":0.99}' },
    { version: 2 },
    { lineageJson: '{}' },
  ])
    assert.equal(isSealIntact({ ...row, ...change }, kernel.keys.publicKey), false, JSON.stringify(change))
})

test('two versions are compared by metrics, origin and files', async (t) => {
  const server = await started(t)
  for (const [run, auc] of [
    ['run_1', 0.7],
    ['run_2', 0.8],
  ] as const)
    await server.registry.register(await candidate(server.kernel, { run, metrics: { auc } }))
  const found = await server.call(routes.compareVersions, { project, model, a: 1, b: 2 })
  assert.deepEqual(found.metrics['auc'], { a: 0.7, b: 0.8, same: false })
  assert.equal(found.facts['code']?.same, true)
  assert.deepEqual(found.files, [
    { path: 'model.onnx', change: 'changed' },
    { path: 'signature.json', change: 'same' },
  ])
})

test('files that are no folder, and metrics that are no JSON, are refused and leave nothing behind', async (t) => {
  const { kernel, registry, call } = await started(t)
  const good = await candidate(kernel, { run: 'run_1', metrics: {} })
  const { digest } = await kernel.blobs.put('no folder, no JSON')
  assert.equal(
    (await refusal(registry.register({ ...good, inputs: { ...good.inputs, files: digest } }))).code,
    'invalid',
  )
  assert.equal(
    (await refusal(registry.register({ ...good, inputs: { ...good.inputs, metrics: digest } }))).code,
    'invalid',
  )
  assert.deepEqual((await call(routes.listModels, { project })).models, [])
})

test('a declared model is there before its first version, with its gate', async (t) => {
  const { kernel, call } = await started(t)
  await declare(kernel, { description: 'Late?', ...gated })
  const found = await call(routes.getModel, { project, model })
  assert.deepEqual(
    [found.description, found.latestVersion, found.approval.count, found.gate.length],
    ['Late?', null, 1, 2],
  )
  assert.equal((await refusal(call(routes.getModel, { project, model: 'nothing' }))).code, 'not_found')
})
