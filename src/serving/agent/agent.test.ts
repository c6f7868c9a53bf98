import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../../testing.ts'
import {
  desiredServer,
  endpointOf,
  idsOf,
  invoke,
  post,
  routed,
  sigmoid,
  testAgent,
  valuesOf,
} from './testing.ts'

const sorted = (ids: unknown[]): string[] => ids.map(String).sort((a, b) => (a < b ? -1 : 1))

const close = (found: number | undefined, expected: number): void =>
  assert.ok(found !== undefined && Math.abs(found - expected) < 1e-6, `${found} is not ${expected}`)

test('an agent answers with the desired model and names who answered', async (t) => {
  const server = await desiredServer(t)
  const agent = await testAgent(t, server)
  assert.equal((await invoke(agent, [{ a: 1, b: 2 }])).status, 404)
  server.serve([endpointOf([await server.variant('plain', { release: 1 })])])
  await routed(agent, [1])
  const reply = await invoke(agent, [
    { a: 1, b: 2 },
    { a: 0, b: 0 },
  ])
  assert.equal(reply.status, 200)
  close(valuesOf(reply)[0], sigmoid(3))
  close(valuesOf(reply)[1], 0.5)
  assert.deepEqual([reply.body['model'], reply.body['version'], reply.body['variant']], ['m', 1, 'champion'])
  assert.equal(reply.headers.get('x-esteira-prediction-id'), idsOf(reply)[0])
})

test('a swap under traffic drops no request and every reply is whole', async (t) => {
  const server = await desiredServer(t)
  const agent = await testAgent(t, server)
  server.serve([endpointOf([await server.variant('plain', { release: 1 })])])
  await routed(agent, [1])
  const expected: Record<string, number> = { 1: sigmoid(0), 2: sigmoid(2) }
  const seen = new Map<unknown, number>()
  let isOver = false
  const caller = async (): Promise<void> => {
    while (!isOver) {
      const reply = await invoke(agent, [{ a: 0, b: 0 }])
      assert.equal(reply.status, 200, JSON.stringify(reply.body))
      const version = reply.body['version']
      close(valuesOf(reply)[0], expected[String(Number(version) % 2 === 0 ? 2 : 1)] ?? Number.NaN)
      seen.set(version, (seen.get(version) ?? 0) + 1)
    }
  }
  const callers = Promise.all(Array.from({ length: 4 }, caller))
  for (let release = 2; release <= 7; release += 1) {
    server.serve([endpointOf([await server.variant(release % 2 === 0 ? 'shifted' : 'plain', { release })])])
    await routed(agent, [release])
    await eventually(`version ${release} answers`, () => seen.has(release))
  }
  isOver = true
  await callers
  assert.deepEqual([...seen.keys()], [1, 2, 3, 4, 5, 6, 7])
})

test('weights divide the requests, and a key always meets the same variant', async (t) => {
  const server = await desiredServer(t)
  const agent = await testAgent(t, server)
  server.serve([
    endpointOf([
      await server.variant('plain', { release: 1, weight: 75 }),
      await server.variant('shifted', { release: 2, weight: 25, name: 'canary' }),
    ]),
  ])
  await routed(agent, [1, 2])
  const versions: unknown[] = []
  for (let round = 0; round < 20; round += 1) {
    const replies = await Promise.all(Array.from({ length: 20 }, () => invoke(agent, [{ a: 0, b: 0 }])))
    versions.push(...replies.map(({ body }) => body['version']))
  }
  const canary = versions.filter((version) => version === 2).length
  assert.ok(canary > 60 && canary < 145, `${canary} of 400 went to the canary`)
  const sticky = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      invoke(agent, [{ a: 0, b: 0 }], { 'x-esteira-key': `user-${index % 8}` }),
    ),
  )
  for (let user = 0; user < 8; user += 1)
    assert.equal(
      new Set(sticky.filter((_, index) => index % 8 === user).map(({ body }) => body['version'])).size,
      1,
    )
})

test('when the canary fails inside, the champion answers, and the failure is counted and said', async (t) => {
  const server = await desiredServer(t)
  const agent = await testAgent(t, server)
  server.serve([
    endpointOf([
      await server.variant('plain', { release: 1, weight: 0 }),
      await server.variant('fragile', { release: 2, weight: 100, name: 'canary' }),
    ]),
  ])
  await routed(agent, [1, 2])
  const reply = await invoke(agent, [{ a: 50, b: 0 }])
  assert.equal(reply.status, 200)
  close(valuesOf(reply)[0], 1)
  assert.equal(reply.body['version'], 1)
  assert.match((reply.body['fallback'] as { error: string }).error, /indices|out of/i)
  const report = await eventually('the failure is reported', () =>
    server.reports
      .at(-1)
      ?.releases.find(({ release, figures }) => release === 2 && (figures?.errors ?? 0) > 0),
  )
  assert.equal(report.figures?.errors, 1)
  const line = await eventually('the capture arrives', () =>
    server.lines.find(({ id }) => id === idsOf(reply)[0]),
  )
  assert.equal(line['version'], 1)
  assert.equal((line['fallback'] as { version: number }).version, 2)
})

test('one bad request does not fail the good ones that were run together with it', async (t) => {
  const server = await desiredServer(t)
  const agent = await testAgent(t, server)
  server.serve([endpointOf([await server.variant('fragile', { release: 1 })])])
  await routed(agent, [1])
  const replies = await Promise.all(
    Array.from({ length: 40 }, (_, index) => invoke(agent, [{ a: index === 20 ? 99 : 1, b: 0 }])),
  )
  assert.deepEqual(
    replies.map(({ status }) => status),
    Array.from({ length: 40 }, (_, index) => (index === 20 ? 500 : 200)),
  )
})

test('a shadow predicts the same rows unseen, and its failures touch nobody', async (t) => {
  const server = await desiredServer(t)
  const agent = await testAgent(t, server)
  server.serve([
    endpointOf([
      await server.variant('plain', { release: 1 }),
      await server.variant('fragile', { release: 2, weight: 0, name: 'shadow', role: 'shadow' }),
    ]),
  ])
  await routed(agent, [1, 2])
  const good = await invoke(agent, [{ a: 3, b: 1 }])
  const bad = await invoke(agent, [{ a: 70, b: 1 }])
  assert.deepEqual([good.body['version'], bad.body['version'], bad.status], [1, 1, 200])
  const shadows = await eventually('both shadow lines', () => {
    const found = server.lines.filter(({ role }) => role === 'shadow')
    return found.length === 2 ? found : undefined
  })
  assert.deepEqual(sorted(shadows.map(({ id }) => id)), sorted([...idsOf(good), ...idsOf(bad)]))
  const errors = shadows.filter(({ error }) => error !== undefined)
  assert.deepEqual([errors.length, errors[0]?.['id'], errors[0]?.['output']], [1, idsOf(bad)[0], null])
})

test('a model that differs from its signature is refused with the difference', async (t) => {
  const server = await desiredServer(t)
  const agent = await testAgent(t, server)
  const variant = await server.variant('plain', { release: 1 })
  const signature = {
    ...variant.signature,
    inputs: variant.signature.inputs.map((input) => ({ ...input, datatype: 'FP64' as const })),
  }
  server.serve([endpointOf([{ ...variant, signature }])])
  const report = await eventually('a refusal', () =>
    server.reports.at(-1)?.releases.find(({ phase }) => phase === 'failed'),
  )
  assert.match(report.error ?? '', /input a is float32 in the model and FP64 in its signature/)
  const reply = await invoke(agent, [{ a: 1, b: 1 }])
  assert.deepEqual([reply.status, reply.headers.get('retry-after')], [503, '1'])
})

test('features that a request leaves out are looked up by their key', async (t) => {
  const server = await desiredServer(t)
  const agent = await testAgent(t, server)
  const digest = server.put('{"key":"N1","at":1,"values":{"b":5}}\n{"key":"N2","at":1,"values":{"b":-5}}\n')
  const lookups = [{ view: 'plane', entity: 'tailnum', features: ['b'], digest }]
  server.serve([endpointOf([await server.variant('plain', { release: 1 })], { lookups })])
  await routed(agent, [1])
  const reply = await invoke(agent, [
    { a: 0, tailnum: 'N1' },
    { a: 0, tailnum: 'N2' },
    { a: 0, tailnum: 'N1', b: 1 },
  ])
  assert.deepEqual(
    valuesOf(reply).map((value) => value.toFixed(4)),
    [sigmoid(5), sigmoid(-5), sigmoid(1)].map((value) => value.toFixed(4)),
  )
  const line = await eventually('the capture', () => server.lines.find(({ id }) => id === idsOf(reply)[0]))
  assert.deepEqual(line['inputs'], { a: 0, tailnum: 'N1', b: 5 })
  assert.match(
    String((await invoke(agent, [{ a: 0 }])).body['error']),
    /column "b" is missing \(send it, or "tailnum" to have it looked up\)/,
  )
})

test('what does not fit is refused with the place and the word that was probably meant', async (t) => {
  const server = await desiredServer(t)
  const agent = await testAgent(t, server)
  server.serve([
    endpointOf([await server.variant('words', { release: 1 })]),
    endpointOf([await server.variant('wide', { release: 1 })], { name: 'wide' }),
  ])
  await eventually('both are there', () => agent.fleet.routes.length === 2)
  const url = `${agent.address}/endpoints/e/invocations`
  const refusals: [unknown, number, RegExp][] = [
    [
      { dataframe_records: [{ wrod: 'one', number: 1 }] },
      400,
      /column "word" is missing \(you sent "wrod"\)/,
    ],
    [
      { dataframe_records: [{ word: 'one', number: 1.5 }] },
      400,
      /Row 0 has 1\.5 in column "number"; the model takes a whole number/,
    ],
    [
      { dataframe_records: [{ word: 7, number: 1 }] },
      400,
      /Row 0 has 7 in column "word"; the model takes a text/,
    ],
    [
      { dataframe_split: { columns: ['word', 'number'], data: [['one', 1], ['two']] } },
      400,
      /Row 1 has 1 values for 2 columns/,
    ],
    [{ dataframe_records: [] }, 400, /no rows/],
    [{ rows: [] }, 400, /exactly one of dataframe_records/],
    ['{"dataframe_records": [', 400, /no JSON/],
    [
      { dataframe_records: Array.from({ length: 10_001 }, () => ({ word: 'one', number: 1 })) },
      413,
      /10001 rows; at most 10000/,
    ],
    [`{"dataframe_records": "${'x'.repeat(9 * 1024 * 1024)}"}`, 413, /larger than/],
  ]
  for (const [body, status, message] of refusals) {
    const reply = await post(url, body)
    assert.equal(reply.status, status, JSON.stringify(reply.body))
    assert.match(String(reply.body['error']), message)
  }
  assert.match(
    String((await post(`${agent.address}/endpoints/wode/invocations`, {})).body['error']),
    /no endpoint "wode".*"wide"/,
  )
  assert.equal((await post(url, 'a=1', { 'content-type': 'application/x-www-form-urlencoded' })).status, 415)
  const right = await post(url, { dataframe_records: [{ word: 'two', number: 3 }] })
  close(valuesOf(right)[0], 3.2)
  const instances = await post(`${agent.address}/endpoints/wide/invocations`, { instances: [[1, 0, 0]] })
  close(valuesOf(instances)[0], sigmoid(1))
})

test('two projects with an endpoint of one name are told apart', async (t) => {
  const server = await desiredServer(t)
  const agent = await testAgent(t, server)
  const variant = await server.variant('plain', { release: 1 })
  server.serve([endpointOf([variant]), endpointOf([variant], { project: 'q' })])
  await eventually('both are there', () => agent.fleet.routes.length === 2)
  const reply = await invoke(agent, [{ a: 1, b: 1 }])
  assert.equal(reply.status, 409)
  assert.match(String(reply.body['error']), /p--e, q--e/)
  assert.equal(
    (await post(`${agent.address}/endpoints/q--e/invocations`, { dataframe_records: [{ a: 1, b: 1 }] }))
      .status,
    200,
  )
})

test('a newer snapshot of features replaces the one before while requests go on', async (t) => {
  const server = await desiredServer(t)
  const agent = await testAgent(t, server)
  const variant = await server.variant('plain', { release: 1 })
  const serve = (b: number, at: number): void => {
    const digest = server.put(`{"key":"N1","at":${at},"values":{"b":${b}}}\n`)
    server.serve([
      endpointOf([variant], {
        lookups: [{ view: 'plane', entity: 'tailnum', features: ['b'], digest, ttlMs: 60_000 }],
      }),
    ])
  }
  const answer = async (): Promise<string | undefined> =>
    valuesOf(await invoke(agent, [{ a: 0, tailnum: 'N1' }]))[0]?.toFixed(3)
  serve(1, Date.now())
  await routed(agent, [1])
  assert.equal(await answer(), sigmoid(1).toFixed(3))
  serve(2, Date.now())
  await eventually('the new snapshot', async () => (await answer()) === sigmoid(2).toFixed(3))
  serve(3, Date.now() - 120_000)
  // Too old is missing: a missing number is NaN, and this model then has no answer.
  await eventually(
    'the old row to count as missing',
    async () => (await invoke(agent, [{ a: 0, tailnum: 'N1' }])).status === 500,
  )
})
