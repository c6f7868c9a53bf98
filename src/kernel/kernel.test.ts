import assert from 'node:assert/strict'
import { test } from 'node:test'
import { event, Type } from './contract.ts'
import { AppError } from './errors.ts'
import type { Kernel } from './kernel.ts'
import { kernelRoutes } from './routes.contract.ts'
import { system } from './auth/principal.ts'
import { verifyHome } from './ledger/verify.ts'
import { governanceRoutes } from '../governance/contract.ts'
import { startServer } from '../server.ts'
import { eventually, scratchFolder, testServer } from '../testing.ts'

const poured = event({
  type: 'test.poured',
  summary: 'Something was poured.',
  data: Type.Object({ litres: Type.Number() }),
})
const bare = { migrations: [], rooms: () => [] }

const append = (server: Awaited<ReturnType<typeof testServer>>, litres: number) =>
  server.kernel.write((tx) =>
    server.kernel.ledger.append(tx, {
      event: poured,
      project: 'p',
      subject: 'jug/1',
      data: { litres },
      actor: system,
    }),
  )

test('bytes come back under their digest, whole and in part', async (t) => {
  const { call, url } = await testServer(t, bare)
  const stored = await call(kernelRoutes.putBlob, { body: 'hello belt' })
  assert.equal(stored.sizeBytes, 10)
  const whole = await call(kernelRoutes.getBlob, { digest: stored.digest })
  assert.equal(await whole.text(), 'hello belt')
  const part = await fetch(`${url}/api/v1/blobs/${stored.digest}`, { headers: { range: 'bytes=6-' } })
  assert.equal(part.status, 206)
  assert.equal(await part.text(), 'belt')
})

test('a blob that is not what its sender says is refused', async (t) => {
  const { call } = await testServer(t, bare)
  await assert.rejects(
    call(kernelRoutes.putBlob, { body: 'x', digest: `sha256:${'0'.repeat(64)}` }),
    /not sha256:0000/,
  )
})

test('events are chained, told in order and handled exactly once across a restart', async (t) => {
  const home = await scratchFolder(t)
  const handled: number[] = []
  const wiring = {
    migrations: [],
    rooms: (kernel: Kernel) => {
      kernel.ledger.react({
        name: 'test',
        on: [poured],
        handle: async (_tx, { data }) => void handled.push(data.litres),
      })
      return []
    },
  }
  const first = await testServer(t, { ...wiring, home })
  await Promise.all([1, 2, 3].map((litres) => append(first, litres)))
  await eventually('three events handled', () => handled.length === 3)
  await first.stop()
  const second = await testServer(t, { ...wiring, home })
  await append(second, 4)
  await eventually('the fourth', () => handled.length === 4)
  assert.deepEqual(handled, [1, 2, 3, 4])
  const audit = await second.call(kernelRoutes.verifyLedger, {})
  assert.equal(audit.isWhole, true)
})

test('a reaction that throws is tried again and leaves nothing half-done', async (t) => {
  let tries = 0
  const server = await testServer(t, {
    migrations: [],
    rooms: (kernel) => {
      kernel.ledger.react({
        name: 'flaky',
        on: [poured],
        handle: async (tx, { data }) => {
          await tx
            .insertInto('lease')
            .values({ name: `seen-${data.litres}`, owner: 'x', token: 1, deadline: 1 })
            .execute()
          tries += 1
          if (tries < 3) throw new Error('not yet')
        },
      })
      return []
    },
  })
  await append(server, 7)
  await eventually(
    'the third try',
    async () => (await server.kernel.db.selectFrom('lease').selectAll().execute()).length === 1,
  )
  assert.equal(tries, 3)
})

test('a job that throws takes nothing of its neighbours with it', async (t) => {
  const { kernel } = await testServer(t, bare)
  const jobs = [1, 2, 3, 4].map((n) =>
    kernel.write(async (tx) => {
      await tx
        .insertInto('lease')
        .values({ name: `l${n}`, owner: 'me', token: n, deadline: 0 })
        .execute()
      if (n === 2) throw new AppError('conflict', 'no')
    }),
  )
  const outcomes = await Promise.allSettled(jobs)
  assert.deepEqual(
    outcomes.map((outcome) => outcome.status),
    ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
  )
  const rows = await kernel.db.selectFrom('lease').select('name').orderBy('name').execute()
  assert.deepEqual(
    rows.map((row) => row.name),
    ['l1', 'l3', 'l4'],
  )
})

test('an altered event, a removed one and a cut tail are each found without the server', async (t) => {
  const home = await scratchFolder(t)
  const server = await testServer(t, { ...bare, home })
  for (const litres of [1, 2, 3]) await append(server, litres)
  await server.stop()
  assert.equal((await verifyHome(home)).isWhole, true)

  const { default: Sqlite } = await import('better-sqlite3')
  const tampered = async (statement: string, undo: string) => {
    const database = new Sqlite(`${home}/esteira.db`)
    database.exec('create table if not exists kept as select * from ledger_event')
    database.exec(statement)
    const report = await verifyHome(home)
    database.exec(undo)
    database.close()
    return report
  }
  const undo = 'delete from ledger_event; insert into ledger_event select * from kept'
  const altered = await tampered(
    `update ledger_event set data = replace(data, '2', '9') where data like '%litres":2%'`,
    undo,
  )
  assert.match(altered.faults[0]?.message ?? '', /was altered/)
  const removed = await tampered('delete from ledger_event where seq = 2', undo)
  assert.match(removed.faults[0]?.message ?? '', /event 2 is missing/)
  const cut = await tampered('delete from ledger_event where seq > 2; delete from ledger_checkpoint', undo)
  assert.match(cut.faults[0]?.message ?? '', /events long when it was signed/)
})

test('a second server on the same home is refused and the first goes on', async (t) => {
  const home = await scratchFolder(t)
  const { call } = await testServer(t, { ...bare, home })
  await assert.rejects(
    startServer({ config: { home, port: 0 }, wiring: bare }),
    /Another Esteira server is using/,
  )
  assert.equal((await call(kernelRoutes.health, {})).status, 'ok')
})

test('a home from a newer version is refused', async (t) => {
  const home = await scratchFolder(t)
  const newer = await testServer(t, {
    migrations: [{ id: 'future-0001', up: async () => {} }],
    rooms: () => [],
    home,
  })
  await newer.stop()
  await assert.rejects(testServer(t, { ...bare, home }), /newer version of Esteira \(it has future-0001\)/)
})

test('pages of other sites and foreign names are turned away', async (t) => {
  const { url } = await testServer(t, bare)
  const crossSite = await fetch(`${url}/api/v1/me`, { headers: { origin: 'https://evil.example' } })
  assert.equal(crossSite.status, 403)
  const { request } = await import('node:http')
  const status = await new Promise((resolve) => {
    request(`${url}/api/v1/me`, { headers: { host: 'evil.example' } }, (reply) =>
      resolve(reply.statusCode),
    ).end()
  })
  assert.equal(status, 403)
})

test('a server that others could reach refuses to start while nobody can sign in', async (t) => {
  const home = await scratchFolder(t)
  await assert.rejects(
    startServer({ config: { home, host: '0.0.0.0', port: 0 }, wiring: bare }),
    /nobody has a token/,
  )
})

test('a token acts for its account, no further than its roles, until it is revoked', async (t) => {
  const { call, as } = await testServer(t, bare)
  await call(governanceRoutes.createAccount, { name: 'ana', roles: ['viewer'] })
  const { token, id } = await call(governanceRoutes.createToken, { account: 'ana' })
  const ana = as(token)
  assert.equal((await ana(kernelRoutes.whoAmI, {})).name, 'ana')
  await assert.rejects(
    ana(kernelRoutes.putBlob, { body: 'x' }),
    (error: AppError) => error.code === 'forbidden' && /data engineer/.test(error.hint ?? ''),
  )
  await call(governanceRoutes.revokeToken, { id })
  await assert.rejects(ana(kernelRoutes.whoAmI, {}), (error: AppError) => error.code === 'unauthenticated')
})

test('who is held to one project sees no event of another', async (t) => {
  const server = await testServer(t, bare)
  await append(server, 1)
  await server.call(governanceRoutes.createAccount, { name: 'bia', roles: ['viewer'], project: 'other' })
  const { token } = await server.call(governanceRoutes.createToken, { account: 'bia' })
  const { events } = await server.as(token)(kernelRoutes.listEvents, { project: 'p' })
  assert.deepEqual(events, [])
})

test('a run token reaches its own project only', async (t) => {
  const { governance } = await testServer(t, bare)
  const token = await governance.forRun({ project: 'flights', run: 'run_1', step: 'train' })
  const who = await governance.identify({ headers: { authorization: `Bearer ${token}` } } as never)
  assert.equal(who?.project, 'flights')
  assert.equal(who?.kind, 'run')
})

test('a wrong request says what is wrong, where, and what was probably meant', async (t) => {
  const { url } = await testServer(t, bare)
  const reply = await fetch(`${url}/api/v1/accounts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'ana', rolse: [] }),
  })
  assert.match(reply.headers.get('content-type') ?? '', /^application\/problem\+json/)
  const problem = (await reply.json()) as { code: string; problems: { message: string; hint: string }[] }
  assert.equal(problem.code, 'invalid')
  assert.match(problem.problems[0]?.message ?? '', /unknown field "rolse"/)
  assert.match(problem.problems[0]?.hint ?? '', /"roles"/)
})

test('the stream gives stored events first, then live ones, each once', async (t) => {
  const server = await testServer(t, bare)
  await append(server, 1)
  const aborted = new AbortController()
  const reply = await fetch(`${server.url}/api/v1/ledger/stream?after=0&type=test.*`, {
    signal: aborted.signal,
  })
  const reader = reply.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  const count = () => text.split('"type":"test.poured"').length - 1
  await append(server, 2)
  while (count() < 2) text += (await reader?.read())?.value ?? ''
  aborted.abort()
  assert.equal(count(), 2)
})
