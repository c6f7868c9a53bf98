import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { deflateSync, gzipSync } from 'node:zlib'
import { eventually } from '../../testing.ts'
import { desiredServer, endpointOf, post, routed, sigmoid, testAgent } from './testing.ts'

const started = async (t: TestContext) => {
  const server = await desiredServer(t)
  const agent = await testAgent(t, server)
  server.serve([
    endpointOf([await server.variant('plain', { release: 3 })]),
    endpointOf([await server.variant('wide', { release: 1 })], { name: 'wide' }),
    endpointOf([await server.variant('words', { release: 1 })], { name: 'words' }),
  ])
  await eventually('all are there', () => agent.fleet.routes.length === 3)
  const get = async (path: string) => {
    const reply = await fetch(`${agent.address}${path}`)
    return { status: reply.status, body: (await reply.json()) as Record<string, unknown> }
  }
  return {
    server,
    agent,
    get,
    infer: (model: string, body: unknown) => post(`${agent.address}/v2/models/${model}/infer`, body),
  }
}

const column = (name: string, data: unknown[], of: { datatype?: string; shape?: number[] } = {}) => ({
  name,
  datatype: 'FP32',
  shape: [data.length, 1],
  data,
  ...of,
})

test('V2 tells what it is, what is ready and what a model takes', async (t) => {
  const { get } = await started(t)
  assert.deepEqual((await get('/v2')).body, {
    name: 'esteira-agent',
    version: '0.1.0',
    extensions: ['binary_tensor_data'],
  })
  assert.deepEqual(await get('/v2/health/live'), { status: 200, body: { live: true } })
  assert.deepEqual(await get('/v2/health/ready'), { status: 200, body: { ready: true } })
  assert.deepEqual(await get('/v2/models/e/ready'), { status: 200, body: { name: 'e', ready: true } })
  assert.deepEqual((await get('/v2/models/e')).body, {
    name: 'e',
    versions: ['3'],
    platform: 'onnx',
    inputs: [
      { name: 'a', datatype: 'FP32', shape: [-1, 1] },
      { name: 'b', datatype: 'FP32', shape: [-1, 1] },
    ],
    outputs: [
      { name: 'label', datatype: 'INT64', shape: [-1] },
      { name: 'probabilities', datatype: 'FP32', shape: [-1, 2] },
    ],
  })
  assert.equal((await get('/v2/models/e/versions/3')).status, 200)
  assert.equal((await get('/v2/models/e/versions/4')).status, 404)
  assert.equal((await get('/v2/models/none')).status, 404)
})

test('V2 is not ready before there is a model, and 503 says when to come back', async (t) => {
  const server = await desiredServer(t)
  const agent = await testAgent(t, server)
  const broken = await server.variant('plain', { release: 1 })
  server.blobs.clear()
  server.serve([endpointOf([broken])])
  await eventually('it is known', () => agent.fleet.names.includes('e'))
  const ready = await fetch(`${agent.address}/v2/health/ready`)
  assert.equal(ready.status, 503)
  const reply = await post(`${agent.address}/v2/models/e/infer`, {
    inputs: [column('a', [1]), column('b', [1])],
  })
  assert.deepEqual([reply.status, reply.headers.get('retry-after')], [503, '1'])
})

test('V2 takes flat and nested data, gives the id back and answers every output with its shape', async (t) => {
  const { infer, server } = await started(t)
  const inputs = [column('a', [1, -1]), column('b', [2, -2])]
  const flat = await infer('e', {
    id: 'my-7',
    inputs: [...inputs, column('tail', ['N1', 'N2'], { datatype: 'BYTES', shape: [2] })],
  })
  assert.equal(flat.status, 200, JSON.stringify(flat.body))
  const outputs = flat.body['outputs'] as {
    name: string
    shape: number[]
    datatype: string
    data: number[]
  }[]
  assert.deepEqual([flat.body['id'], flat.body['model_name'], flat.body['model_version']], ['my-7', 'e', '3'])
  assert.deepEqual(
    outputs
      .map(({ name, shape, datatype }) => ({ name, shape, datatype }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    [
      { name: 'label', shape: [2], datatype: 'INT64' },
      { name: 'probabilities', shape: [2, 2], datatype: 'FP32' },
    ],
  )
  const probabilities = outputs.find(({ name }) => name === 'probabilities')?.data ?? []
  assert.equal(probabilities[1]?.toFixed(5), sigmoid(3).toFixed(5))
  assert.equal(probabilities[3]?.toFixed(5), sigmoid(-3).toFixed(5))
  assert.deepEqual(outputs.find(({ name }) => name === 'label')?.data, [1, 0])

  const nested = await infer('e', {
    inputs: [
      column('a', [[1], [-1]], { datatype: 'FP64', shape: [2, 1] }),
      column('b', [[2], [-2]], { datatype: 'INT32', shape: [2, 1] }),
    ],
  })
  const again = nested.body['outputs'] as typeof outputs
  assert.deepEqual(again.find(({ name }) => name === 'probabilities')?.data, probabilities)
  assert.equal('id' in nested.body, false)

  const first = (flat.body['parameters'] as { prediction_id: string }).prediction_id
  assert.equal(flat.headers.get('x-esteira-prediction-id'), first)
  const line = await eventually('its capture', () => server.lines.find(({ id }) => id === first))
  assert.deepEqual(line['inputs'], { a: 1, b: 2, tail: 'N1' })
})

test('V2 takes one wide tensor, words and whole numbers, and gives only the outputs asked for', async (t) => {
  const { infer } = await started(t)
  const wide = await infer('wide', {
    inputs: [column('X', [1, 0, 0, 0, 0, -1], { datatype: 'FP32', shape: [2, 3] })],
  })
  const [p] = wide.body['outputs'] as { data: number[]; shape: number[] }[]
  assert.deepEqual(p?.shape, [2, 1])
  assert.deepEqual(
    p?.data.map((value) => value.toFixed(5)),
    [sigmoid(1).toFixed(5), sigmoid(-3).toFixed(5)],
  )
  const words = await infer('words', {
    inputs: [column('word', ['three'], { datatype: 'BYTES' }), column('number', [2], { datatype: 'INT64' })],
  })
  assert.equal((words.body['outputs'] as { data: number[] }[])[0]?.data[0]?.toFixed(3), '2.300')
  const one = await infer('e', { inputs: [column('a', [1]), column('b', [1])], outputs: [{ name: 'label' }] })
  assert.deepEqual(
    (one.body['outputs'] as { name: string }[]).map(({ name }) => name),
    ['label'],
  )
})

test('V2 refuses what does not fit with 400 and {"error": …}', async (t) => {
  const { infer } = await started(t)
  const good = [column('a', [1]), column('b', [1])]
  const refusals: [string, unknown, RegExp][] = [
    [
      'e',
      { inputs: [column('a', [1, 2], { datatype: 'FP32', shape: [3, 1] }), column('b', [1])] },
      /2 elements, but its shape \[3, 1\] means 3/,
    ],
    [
      'e',
      { inputs: [column('a', [1, 2], { datatype: 'FP32', shape: [1, 2] }), column('b', [1])] },
      /shape \[1, 2\]; expected is \[1, 1\]/,
    ],
    ['e', { inputs: [column('a', [1]), column('b', [1, 2])] }, /"b" has 2 rows and "a" has 1/],
    ['e', { inputs: [column('a', [1])] }, /column "b" is missing/],
    [
      'e',
      { inputs: [column('a', ['x'], { datatype: 'BYTES' }), column('b', [1])] },
      /"a" is BYTES; the model takes FP32/,
    ],
    ['e', { inputs: [column('a', ['x']), column('b', [1])] }, /Row 0 has "x" in column "a"/],
    [
      'e',
      { inputs: [column('a', [1], { datatype: 'FLOAT' }), column('b', [1])] },
      /unknown datatype "FLOAT"/,
    ],
    [
      'e',
      {
        inputs: [
          column('a', [], { datatype: 'FP32', shape: [0, 1] }),
          column('b', [], { datatype: 'FP32', shape: [0, 1] }),
        ],
      },
      /no rows/,
    ],
    [
      'e',
      { inputs: good, outputs: [{ name: 'nothing' }] },
      /no output "nothing"; it has label, probabilities/,
    ],
    ['e', { data: [] }, /list "inputs"/],
    ['wide', { inputs: [column('X', [1, 2], { datatype: 'FP32', shape: [1, 2] })] }, /expected is \[1, 3\]/],
    [
      'words',
      {
        inputs: [column('word', ['a'], { datatype: 'BYTES' }), column('number', [1.5], { datatype: 'FP32' })],
      },
      /"number" is FP32; the model takes INT64/,
    ],
  ]
  for (const [model, body, message] of refusals) {
    const reply = await infer(model, body)
    assert.equal(reply.status, 400, JSON.stringify(body))
    assert.match(String(reply.body['error']), message)
  }
  assert.equal((await infer('none', { inputs: good })).status, 404)
})

const raw = async (url: string, document: unknown, tensors: Buffer[]) => {
  const json = Buffer.from(JSON.stringify(document))
  const headers = { 'inference-header-content-length': String(json.length) }
  const reply = await fetch(url, { method: 'POST', headers, body: Buffer.concat([json, ...tensors]) })
  const bytes = Buffer.from(await reply.arrayBuffer())
  const length = Number(reply.headers.get('inference-header-content-length') ?? bytes.length)
  return {
    status: reply.status,
    document: JSON.parse(bytes.toString('utf8', 0, length)) as Record<string, unknown>,
    rest: bytes.subarray(length),
  }
}

const text = (word: string): Buffer => {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(Buffer.byteLength(word))
  return Buffer.concat([length, Buffer.from(word)])
}

const binary = (name: string, bytes: Buffer, of: { datatype: string; shape: number[] }) => ({
  name,
  ...of,
  parameters: { binary_data_size: bytes.length },
})

test('V2 takes tensors as bytes behind the JSON, mixed with JSON ones, and gives them so when asked', async (t) => {
  const { agent } = await started(t)
  const a = Buffer.from(Float32Array.from([1, -1]).buffer)
  const inputs = [binary('a', a, { datatype: 'FP32', shape: [2, 1] }), column('b', [2, -2])]
  const plain = await raw(`${agent.address}/v2/models/e/infer`, { inputs, outputs: [{ name: 'label' }] }, [a])
  assert.deepEqual((plain.document['outputs'] as { data: number[] }[])[0]?.data, [1, 0])
  const asked = {
    inputs,
    parameters: { binary_data_output: true },
    outputs: [{ name: 'probabilities' }, { name: 'label', parameters: { binary_data: false } }],
  }
  const reply = await raw(`${agent.address}/v2/models/e/infer`, asked, [a])
  assert.equal(reply.status, 200)
  const [probabilities, label] = reply.document['outputs'] as {
    data?: number[]
    parameters?: { binary_data_size: number }
  }[]
  assert.deepEqual(
    [probabilities?.parameters?.binary_data_size, probabilities?.data, label?.data],
    [16, undefined, [1, 0]],
  )
  assert.equal(reply.rest.readFloatLE(4).toFixed(5), sigmoid(3).toFixed(5))
  const [word, number] = [
    Buffer.concat([text('two'), text('three')]),
    Buffer.from(BigInt64Array.from([1n, 2n]).buffer),
  ]
  const words = [
    binary('word', word, { datatype: 'BYTES', shape: [2, 1] }),
    binary('number', number, { datatype: 'INT64', shape: [2, 1] }),
  ]
  const mixed = await raw(`${agent.address}/v2/models/words/infer`, { inputs: words }, [word, number])
  assert.deepEqual(
    (mixed.document['outputs'] as { data: number[] }[])[0]?.data.map((value) => value.toFixed(3)),
    ['1.200', '2.300'],
  )
})

test('binary requests whose bytes do not fit are refused with what is wrong', async (t) => {
  const { agent } = await started(t)
  const url = `${agent.address}/v2/models/e/infer`
  const a = Buffer.from(Float32Array.from([1]).buffer)
  const input = binary('a', a, { datatype: 'FP32', shape: [1, 1] })
  const refusals: [unknown, Buffer[], RegExp][] = [
    [{ inputs: [input, column('b', [1])] }, [], /ends within the binary data of input "a"/],
    [{ inputs: [input, column('b', [1])] }, [a, a], /4 bytes more than its inputs/],
    [{ inputs: [{ ...input, datatype: 'FP64' }, column('b', [1])] }, [a], /no whole number of FP64/],
    [{ inputs: [{ ...input, datatype: 'BYTES' }, column('b', [1])] }, [a], /ends within a text/],
    [
      { inputs: [{ ...input, shape: [2, 1] }, column('b', [1])] },
      [a],
      /1 elements, but its shape \[2, 1\] means 2/,
    ],
  ]
  for (const [document, tensors, message] of refusals) {
    const reply = await raw(url, document, tensors)
    assert.equal(reply.status, 400)
    assert.match(String(reply.document['error']), message)
  }
  const long = await fetch(url, {
    method: 'POST',
    headers: { 'inference-header-content-length': '99' },
    body: Buffer.from('{}'),
  })
  assert.equal(long.status, 400)
})

test('a compressed request is read, and one that would unpack to more than the limit is not', async (t) => {
  const { agent } = await started(t)
  const send = (body: Buffer, encoding: string) =>
    fetch(`${agent.address}/v2/models/e/infer`, {
      method: 'POST',
      headers: { 'content-encoding': encoding },
      body,
    })
  const good = Buffer.from(JSON.stringify({ inputs: [column('a', [1]), column('b', [2])] }))
  for (const [encoding, body] of [
    ['gzip', gzipSync(good)],
    ['deflate', deflateSync(good)],
  ] as const)
    assert.equal((await send(body, encoding)).status, 200)
  assert.equal((await send(gzipSync(Buffer.alloc(20 * 1024 * 1024, ' ')), 'gzip')).status, 413)
  assert.equal((await send(good, 'gzip')).status, 400)
  assert.equal((await send(good, 'br')).status, 415)
})

test('on an address of the network an agent asks for its key, and without one it does not start there', async (t) => {
  const server = await desiredServer(t)
  await assert.rejects(testAgent(t, server, { host: '0.0.0.0' }), /needs --key-file/)
  const agent = await testAgent(t, server, { key: 'secret' })
  server.serve([endpointOf([await server.variant('plain', { release: 1 })])])
  await routed(agent, [1])
  const body = { inputs: [column('a', [1]), column('b', [1])] }
  assert.equal((await post(`${agent.address}/v2/models/e/infer`, body)).status, 401)
  assert.equal(
    (await post(`${agent.address}/v2/models/e/infer`, body, { authorization: 'Bearer secret' })).status,
    200,
  )
  assert.equal((await fetch(`${agent.address}/v2/health/live`)).status, 200)
})
