import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { AppError } from '../kernel/errors.ts'
import { governanceRoutes } from '../governance/contract.ts'
import { kernelRoutes } from '../kernel/routes.contract.ts'
import { endpointDefinition } from '../serving/contract.ts'
import { system } from '../kernel/auth/principal.ts'
import { testServer, type TestServer } from '../testing.ts'
import { maturityRoutes } from './contract.ts'
import { goodTurn, manualTurn, project, story, type Story } from './example/story.ts'
import { maturityRoom } from './index.ts'

const start = Date.UTC(2026, 0, 5)

const started = async (t: TestContext) => {
  const clock = { time: start, now: () => clock.time }
  const tracked = { params: { trees: '150' }, metrics: { auc: {} }, status: 'finished' }
  const server = await testServer(t, {
    clock,
    migrations: [],
    rooms: (kernel) => [maturityRoom(kernel, { tracking: { run: async () => tracked } })],
  })
  return { ...server, clock }
}

/** Appends a story to the server’s own ledger, each event at its own time. */
const seed = async (
  server: TestServer & { clock: { time: number } },
  ...turns: ((told: Story) => void)[]
) => {
  const [newest] = await server.kernel.ledger.read({ limit: 1, newestFirst: true })
  const told = story(server.clock.time, (newest?.seq ?? 0) + 1)
  for (const turn of turns) turn(told)
  for (const event of told.told) {
    server.clock.time = event.at
    await server.kernel.write((tx) => server.kernel.ledger.append(tx, event))
  }
  server.clock.time = told.now()
}

test('the report follows the ledger: each new turn of the loop is in the next one', async (t) => {
  const server = await started(t)
  await seed(server, manualTurn)
  const first = await server.call(maturityRoutes.getMaturity, { project })
  assert.equal(first.measured.level, 0)
  assert.equal(first.bullets.length, 95)
  assert.equal(first.evidence.find(({ id }) => id === 'K09')?.state, 'not_met')

  await server.kernel.write((tx) =>
    server.kernel.definitions.put(tx, {
      project,
      kind: endpointDefinition.kind,
      name: 'late',
      body: { model: 'late' },
      actor: system,
    }),
  )
  await seed(server, goodTurn, goodTurn, goodTurn, goodTurn)
  const second = await server.call(maturityRoutes.getMaturity, { project })
  assert.ok(second.head > first.head)
  assert.equal(second.evidence.find(({ id }) => id === 'K10')?.n, 4)
  const experiments = second.evidence.find(({ id }) => id === 'K03')
  assert.deepEqual([experiments?.n, experiments?.of], [4, 5])
  assert.match(
    experiments?.sentence ?? '',
    /^4 of 5 registered versions come from a tracked run.* \(last 90 days\)\.$/,
  )
})

test('each figure links to events of the ledger that are really there', async (t) => {
  const server = await started(t)
  await seed(server, goodTurn, manualTurn)
  const { evidence, rows, total } = await server.call(maturityRoutes.getMaturityEvidence, {
    project,
    id: 'K10',
  })
  assert.equal(evidence.title, 'Releases are automatic')
  assert.equal(total, 2)
  assert.deepEqual(
    rows.map(({ holds }) => holds),
    [false, true],
  )
  assert.match(rows[0]?.why ?? '', /ana released it by hand/)
  const { events } = await server.call(kernelRoutes.listEvents, { project, limit: 1000 })
  const types = new Map(events.map(({ seq, type }) => [seq, type]))
  assert.equal(types.get(rows[0]?.seqs[0] ?? 0), 'release.created')
  assert.ok(evidence.seqs.length > 0 && evidence.seqs.every((seq) => types.has(seq)))
})

test('the rows behind a figure come in pages', async (t) => {
  const server = await started(t)
  await seed(server, goodTurn, goodTurn, goodTurn)
  const first = await server.call(maturityRoutes.getMaturityEvidence, { project, id: 'K01', limit: 2 })
  assert.deepEqual([first.rows.length, first.total, first.next], [2, 3, 2])
  const rest = await server.call(maturityRoutes.getMaturityEvidence, {
    project,
    id: 'K01',
    limit: 2,
    after: first.next ?? 0,
  })
  assert.deepEqual([rest.rows.length, rest.next], [1, null])
})

test('a role counts for the team: a software engineer’s approval is seen, and no name is in the sign', async (t) => {
  const server = await started(t)
  await server.call(governanceRoutes.createAccount, {
    name: 'bruno',
    roles: ['software engineer', 'approver'],
  })
  await server.call(governanceRoutes.createAccount, {
    name: 'carla',
    roles: ['software engineer', 'approver'],
  })
  await seed(server, goodTurn, goodTurn, goodTurn)
  const { evidence, rows } = await server.call(maturityRoutes.getMaturityEvidence, { project, id: 'K13' })
  assert.equal(evidence.state, 'met')
  assert.ok(rows.every(({ why }) => !/bruno|carla/.test(why)))
})

test('what no record can show is not measured, and says which record is missing', async (t) => {
  const server = await started(t)
  await seed(server, goodTurn)
  const report = await server.call(maturityRoutes.getMaturity, { project })
  const builds = report.evidence.find(({ id }) => id === 'K19')
  assert.equal(builds?.state, 'not_measured')
  assert.match(builds?.missing ?? '', /Builds are not reported yet/)
  assert.deepEqual([builds?.n, builds?.of, builds?.interval], [null, null, null])
  assert.equal(report.declared.items, 0)
})

test('a project without records is not found, and so is an evidence that does not exist', async (t) => {
  const server = await started(t)
  await assert.rejects(
    server.call(maturityRoutes.getMaturity, { project: 'nowhere' }),
    (error: AppError) => error.code === 'not_found' && /no project nowhere/.test(error.message),
  )
  await seed(server, goodTurn)
  await assert.rejects(
    server.call(maturityRoutes.getMaturityEvidence, { project, id: 'K99' }),
    (error: AppError) => error.code === 'not_found',
  )
})
