import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../testing.ts'
import type { RunningAgent } from './agent/agent.ts'
import { post } from './agent/testing.ts'
import { registryRoutes } from '../registry/contract.ts'
import { servingRoutes, type EndpointBody } from './contract.ts'
import { declare, live, page, project, register, servingServer, startedAgent } from './testing.ts'

const key = { project, endpoint: 'e' }
const rollout: NonNullable<EndpointBody['rollout']> = {
  steps: [{ weight: 30, minRequests: 40 }, { weight: 60, minRequests: 40 }, { weight: 100 }],
  analysis: { errorRate: 0.05, predictionShift: 0.2 },
  deadline: '10m',
}

type Reply = Awaited<ReturnType<typeof post>>

/** Sends requests of four rows until it is told to stop; gives the replies that were not 200. */
const traffic = (agent: RunningAgent, row: Record<string, unknown>) => {
  let isOver = false
  const versions = new Set<unknown>()
  const failed: Reply[] = []
  const run = async (): Promise<void> => {
    while (!isOver) {
      const reply = await post(`${agent.address}/endpoints/e/invocations`, {
        dataframe_records: [row, row, row, row],
      })
      if (reply.status !== 200) failed.push(reply)
      versions.add(reply.body['version'])
    }
  }
  const running = run()
  return {
    versions,
    stop: async (): Promise<Reply[]> => {
      isOver = true
      await running
      return failed
    },
  }
}

const eventTypes = async (server: Awaited<ReturnType<typeof servingServer>>): Promise<string[]> => {
  const events = await server.kernel.ledger.read({ limit: 1000, project })
  return events.map(({ type }) => type).filter((type) => /^(release|rollout|endpoint)\./.test(type))
}

test('an approved version is released by itself, goes live, moves the champion and answers the example call', async (t) => {
  const server = await servingServer(t)
  const agent = await startedAgent(t, server)
  await declare(server, { eventTime: 'when' })
  assert.equal((await page(server)).health, 'waiting')
  await register(server, 'plain')
  const shown = await live(server, 1)
  assert.deepEqual(
    [shown.health, shown.release, shown.address],
    ['healthy', 1, `${agent.address}/endpoints/e/invocations`],
  )
  const body = /-d '(.*)'$/.exec(shown.example ?? '')?.[1] ?? ''
  const reply = await post(shown.address ?? '', body)
  assert.equal(reply.status, 200)
  const champion = await eventually('the champion', () => server.registry.resolve(project, 'm', 'champion'))
  assert.equal(champion.version, 1)
  assert.deepEqual(await eventTypes(server), ['release.created', 'rollout.started', 'rollout.completed'])
})

test('a good version takes over step by step without one failed request, and version 1 goes on in shadow', async (t) => {
  const server = await servingServer(t)
  const agent = await startedAgent(t, server)
  await declare(server, { shadow: 'first', rollout })
  await register(server, 'plain')
  await live(server, 1)
  const calls = traffic(agent, { a: 5, b: 0 })
  await register(server, 'shifted')
  const shown = await live(server, 2)
  assert.deepEqual(
    shown.current?.steps.map(({ weight, reachedAt }) => [weight, reachedAt !== null]),
    [
      [30, true],
      [60, true],
      [100, true],
    ],
  )
  await eventually('shadow and champion', async () => {
    const { variants } = await page(server)
    return (
      JSON.stringify(variants.map(({ name, version, weight }) => [name, version, weight])) ===
      '[["champion",2,100],["shadow",1,0]]'
    )
  })
  await eventually('version 2 alone to answer', () => calls.versions.has(2))
  assert.deepEqual(await calls.stop(), [])
  assert.equal((await server.registry.resolve(project, 'm', 'champion'))?.version, 2)
  assert.deepEqual((await eventTypes(server)).slice(3), [
    'release.created',
    'rollout.started',
    'rollout.step.reached',
    'rollout.step.reached',
    'rollout.step.reached',
    'rollout.completed',
  ])
})

test('a version that predicts something else goes back by itself and the champion stays', async (t) => {
  const server = await servingServer(t)
  const agent = await startedAgent(t, server)
  await declare(server, { rollout })
  await register(server, 'plain')
  await live(server, 1)
  const calls = traffic(agent, { a: -1, b: 0 })
  await register(server, 'shifted')
  await eventually('the rollback', async () => (await page(server)).current?.status === 'rolled_back')
  const { current, version } = await page(server)
  assert.equal(version, 1)
  assert.match(current?.outcome ?? '', /^analysis: predictionShift/)
  assert.deepEqual(await calls.stop(), [])
  assert.equal((await server.registry.resolve(project, 'm', 'champion'))?.version, 1)
  assert.equal((await eventTypes(server)).at(-1), 'rollout.rolled_back')
})

test('a version that fails inside goes back, and no caller has seen the failure', async (t) => {
  const server = await servingServer(t)
  const agent = await startedAgent(t, server)
  await declare(server, { rollout })
  await register(server, 'plain')
  await live(server, 1)
  const calls = traffic(agent, { a: 60, b: 0 })
  await register(server, 'fragile')
  await eventually('the rollback', async () => (await page(server)).current?.status === 'rolled_back')
  assert.match((await page(server)).current?.outcome ?? '', /^analysis: errorRate/)
  assert.deepEqual(await calls.stop(), [])
})

test('a second release while one runs is a conflict, unless it supersedes it', async (t) => {
  const server = await servingServer(t)
  await startedAgent(t, server)
  await declare(server, { rollout, follow: 'none' })
  for (const fixture of ['plain', 'shifted', 'plain']) await register(server, fixture)
  await server.call(servingRoutes.release, { ...key, version: 1 })
  await live(server, 1)
  await assert.rejects(server.call(servingRoutes.release, { ...key, version: 1 }), /already live/)
  await assert.rejects(server.call(servingRoutes.release, { ...key, version: 9 }), { code: 'not_found' })
  await server.call(servingRoutes.release, { ...key, version: 2 })
  await assert.rejects(server.call(servingRoutes.release, { ...key, version: 3 }), { code: 'conflict' })
  const third = await server.call(servingRoutes.release, { ...key, version: 3, supersede: true })
  assert.deepEqual([third.release, third.champion], [3, 1])
  const { releases } = await server.call(servingRoutes.listReleases, key)
  assert.deepEqual(
    releases.map(({ release, live, outcome }) => [release, live, outcome?.split(':')[0] ?? null]),
    [
      [3, false, null],
      [2, false, 'superseded'],
      [1, true, 'completed'],
    ],
  )
})

test('people can hold, continue, promote and end a rollout, and go back twice', async (t) => {
  const server = await servingServer(t)
  await startedAgent(t, server)
  await declare(server, { rollout, follow: 'none' })
  for (const fixture of ['plain', 'shifted', 'plain']) await register(server, fixture)
  for (const version of [1, 2, 3]) {
    await server.call(servingRoutes.release, { ...key, version })
    if (version > 1) {
      await eventually('the first step', async () => (await page(server)).current?.step === 0)
      assert.equal(
        (await server.call(servingRoutes.pauseRollout, { ...key, reason: 'lunch' })).status,
        'paused',
      )
      assert.equal((await server.call(servingRoutes.resumeRollout, key)).status, 'running')
      assert.equal((await server.call(servingRoutes.promoteRollout, key)).status, 'completed')
    }
    await live(server, version)
  }
  await server.call(servingRoutes.rollback, { ...key, reason: 'complaints' })
  await live(server, 2)
  await server.call(servingRoutes.rollback, key)
  const back = await live(server, 1)
  assert.equal(back.release, 5)
  await assert.rejects(server.call(servingRoutes.rollback, key), /no earlier release/)
  await server.call(servingRoutes.release, { ...key, version: 3 })
  assert.match(
    (await server.call(servingRoutes.abortRollout, { ...key, reason: 'second thoughts' })).outcome ?? '',
    /^aborted: second thoughts/,
  )
  await assert.rejects(server.call(servingRoutes.abortRollout, key), { code: 'conflict' })
  assert.equal((await page(server)).version, 1)
})

test('a version without a signature, or not approved, is refused with what to do', async (t) => {
  const server = await servingServer(t)
  await declare(server, { follow: 'none' }, { approval: { count: 1 } })
  await register(server, 'plain')
  await assert.rejects(server.call(servingRoutes.release, { ...key, version: 1 }), {
    code: 'conflict',
    message: /not approved/,
  })
  await assert.rejects(server.call(servingRoutes.getEndpoint, { project, endpoint: 'f' }), {
    code: 'not_found',
  })
})

test('a rollout goes on where it stood when the server is started again, and the agent never stops answering', async (t) => {
  const first = await servingServer(t)
  const agent = await startedAgent(t, first)
  await declare(first, {
    rollout: { ...rollout, steps: [{ weight: 50, minRequests: 40, bake: '2s' }, { weight: 100 }] },
  })
  await register(first, 'plain')
  await live(first, 1)
  const calls = traffic(agent, { a: 5, b: 0 })
  await register(first, 'shifted')
  await eventually('the first step', async () => (await page(first)).current?.step === 0)
  const before = await page(first)
  const port = Number(new URL(first.url).port)
  await first.stop()
  const second = await servingServer(t, { home: first.home, port })
  const shown = await live(second, 2)
  assert.equal(shown.current?.id, before.current?.id)
  assert.deepEqual(await calls.stop(), [])
  const types = await eventTypes(second)
  assert.equal(types.filter((type) => type === 'rollout.step.reached').length, 2)
})

test('when its agent goes an endpoint is down, and recovers with the next one', async (t) => {
  let ahead = 0
  const server = await servingServer(t, { clock: { now: () => Date.now() + ahead } })
  const agent = await startedAgent(t, server)
  await declare(server)
  await register(server, 'plain')
  await live(server, 1)
  const { agents } = await server.call(servingRoutes.listAgents, {})
  assert.deepEqual(
    agents.map(({ agent, fresh }) => [agent, fresh]),
    [['one', true]],
  )
  await agent.stop()
  // Longer than an agent may be silent, and than a started server waits for the first word.
  ahead = 20_000
  await eventually('the fall', async () => (await eventTypes(server)).includes('endpoint.degraded'))
  await startedAgent(t, server, { name: 'two' })
  await eventually('the recovery', async () => (await eventTypes(server)).includes('endpoint.recovered'))
  assert.equal((await page(server)).health, 'healthy')
})

test('a version is released when it is approved, not before, and a newer one supersedes it', async (t) => {
  const server = await servingServer(t)
  await startedAgent(t, server)
  await declare(server, { rollout }, { approval: { count: 1 } })
  const approve = (version: number) => server.call(registryRoutes.approve, { project, model: 'm', version })
  await register(server, 'plain')
  assert.deepEqual((await server.call(servingRoutes.listReleases, key)).releases, [])
  await approve(1)
  await live(server, 1)
  for (const fixture of ['shifted', 'plain']) await register(server, fixture)
  await approve(2)
  await eventually('version 2 on its way', async () => (await page(server)).current?.version === 2)
  await approve(3)
  await eventually('version 3 on its way', async () => (await page(server)).current?.version === 3)
  const { rollouts } = await server.call(servingRoutes.listRollouts, key)
  assert.deepEqual(
    rollouts.map(({ version, outcome }) => [version, outcome]),
    [
      [3, null],
      [2, 'superseded: version 3 was released'],
      [1, 'completed'],
    ],
  )
  const [created] = await server.kernel.ledger.read({
    types: ['release.created'],
    newestFirst: true,
    limit: 1,
  })
  const [approved] = await server.kernel.ledger.read({
    types: ['model.version.approved'],
    newestFirst: true,
    limit: 1,
  })
  assert.equal(created?.cause, approved?.seq)
})

test('an agent’s token speaks for that agent only, and for nothing else', async (t) => {
  const server = await servingServer(t)
  const call = server.as(await server.governance.forAgent('one'))
  const report = {
    incarnation: 'i',
    sequence: 1,
    address: 'http://127.0.0.1:1',
    have: 0,
    spooledBytes: 0,
    memoryBytes: 0,
    releases: [],
  }
  assert.deepEqual(await call(servingRoutes.syncAgent, { agent: 'one', waitMs: 0, ...report }), {
    revision: 1,
    endpoints: [],
  })
  await assert.rejects(call(servingRoutes.syncAgent, { agent: 'two', waitMs: 0, ...report }), {
    code: 'forbidden',
  })
  await assert.rejects(call(servingRoutes.listAgents, {}), { code: 'forbidden' })
})
