import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { eventually } from '../../testing.ts'
import { desiredServer, endpointOf, idsOf, invoke, routed, sigmoid, testAgent, valuesOf } from './testing.ts'

const sorted = (ids: unknown[]): string[] => ids.map(String).sort((a, b) => (a < b ? -1 : 1))

const close = (found: number | undefined, expected: number): void =>
  assert.ok(found !== undefined && Math.abs(found - expected) < 1e-6, `${found} is not ${expected}`)

test('with the server killed an agent goes on answering, and each capture arrives once when it is back', async (t) => {
  const server = await desiredServer(t)
  const agent = await testAgent(t, server)
  server.serve([endpointOf([await server.variant('plain', { release: 1 })], { eventTime: 'when' })])
  await routed(agent, [1])
  const ids = [...idsOf(await invoke(agent, [{ a: 1, b: 1, when: '2013-01-01T00:00:00Z' }]))]
  await server.stop()
  for (let index = 0; index < 30; index += 1) {
    const reply = await invoke(agent, [
      { a: index, b: 1, when: index },
      { a: index, b: 2, when: index },
    ])
    assert.equal(reply.status, 200)
    ids.push(...idsOf(reply))
  }
  await server.start()
  await eventually('all captures arrive', () => server.lines.length >= ids.length)
  assert.deepEqual(sorted(server.lines.map(({ id }) => id)), sorted(ids))
  assert.ok(server.lines.every(({ eventTime, inputs }) => eventTime === (inputs as { when: unknown }).when))
  assert.deepEqual(await readdir(join(agent.home, 'spool', 'p', 'e')), [])
})

test('an agent that starts without a server answers from its last good state and sends what it had kept', async (t) => {
  const server = await desiredServer(t)
  const first = await testAgent(t, server)
  server.serve([endpointOf([await server.variant('plain', { release: 1 })])])
  await routed(first, [1])
  await server.stop()
  const ids = idsOf(await invoke(first, [{ a: 1, b: 1 }]))
  await first.stop()
  const second = await testAgent(t, server, { home: first.home })
  await routed(second, [1])
  const reply = await invoke(second, [{ a: 1, b: 2 }])
  close(valuesOf(reply)[0], sigmoid(3))
  ids.push(...idsOf(reply))
  await server.start()
  await eventually('captures of both arrive', () => server.lines.length === 2)
  assert.deepEqual(sorted(server.lines.map(({ id }) => id)), sorted(ids))
})

test('a blob that arrives damaged is refused and named, and the release before goes on', async (t) => {
  const server = await desiredServer(t)
  const agent = await testAgent(t, server)
  server.serve([endpointOf([await server.variant('plain', { release: 1 })])])
  await routed(agent, [1])
  const damaged = await server.variant('shifted', { release: 2 })
  const model = damaged.tree.find(({ path }) => path === 'model.onnx')
  assert.ok(model)
  const whole = server.blobs.get(model.digest)
  assert.ok(whole)
  server.blobs.set(model.digest, Buffer.concat([whole, Buffer.from('x')]))
  server.serve([endpointOf([damaged])])
  const report = await eventually('the failure is reported', () =>
    server.reports.at(-1)?.releases.find(({ release, phase }) => release === 2 && phase === 'failed'),
  )
  assert.match(report.error ?? '', new RegExp(`blob ${model.digest} arrived damaged`))
  assert.equal((await invoke(agent, [{ a: 0, b: 0 }])).body['version'], 1)
  server.blobs.set(model.digest, whole)
  await routed(agent, [2])
  assert.equal((await invoke(agent, [{ a: 0, b: 0 }])).body['version'], 2)
})

test('a full spool stops capturing, keeps the oldest and never the answers', async (t) => {
  const server = await desiredServer(t)
  const agent = await testAgent(t, server, { spoolBytes: 1000 })
  server.serve([endpointOf([await server.variant('plain', { release: 1 })])])
  await routed(agent, [1])
  await server.stop()
  const replies = []
  for (let index = 0; index < 20; index += 1) replies.push(await invoke(agent, [{ a: index, b: 1 }]))
  assert.ok(replies.every(({ status }) => status === 200))
  const kept = replies.filter(({ body }) => body['captured'] !== false)
  assert.ok(kept.length > 0 && kept.length < 20)
  await server.start()
  await eventually('what was kept arrives', () => server.lines.length >= kept.length)
  assert.deepEqual(sorted(server.lines.map(({ id }) => id)), sorted(kept.flatMap(idsOf)))
})

test('the last good state on disk is the one that answers, not one that could not be loaded', async (t) => {
  const server = await desiredServer(t)
  const agent = await testAgent(t, server)
  server.serve([endpointOf([await server.variant('plain', { release: 1 })])])
  await routed(agent, [1])
  const broken = await server.variant('shifted', { release: 2 })
  server.blobs.clear()
  server.serve([endpointOf([broken])])
  await eventually('the failure is reported', () =>
    server.reports.at(-1)?.releases.find(({ phase }) => phase === 'failed'),
  )
  await agent.stop()
  await server.stop()
  const kept = JSON.parse(await readFile(join(agent.home, 'desired.json'), 'utf8')) as {
    endpoints: { variants: { release: number }[] }[]
  }
  assert.deepEqual(
    kept.endpoints[0]?.variants.map(({ release }) => release),
    [1],
  )
})

test('a model that hangs is given up, another release answers, and it comes back for the next request', async (t) => {
  const server = await desiredServer(t)
  const agent = await testAgent(t, server, { timeoutMs: 300 })
  server.serve([
    endpointOf([
      await server.variant('plain', { release: 1, weight: 0 }),
      await server.variant('slow', { release: 2, weight: 100, name: 'canary' }),
    ]),
  ])
  await routed(agent, [1, 2])
  assert.equal((await invoke(agent, [{ a: 1, b: 1 }])).body['version'], 2)
  const reply = await invoke(agent, [{ a: 2e6, b: 1 }])
  assert.equal(reply.body['version'], 1)
  assert.match((reply.body['fallback'] as { error: string }).error, /did not answer within 300 ms/)
  await eventually(
    'the model is loaded again',
    async () => (await invoke(agent, [{ a: 1, b: 1 }])).body['version'] === 2,
  )
})
