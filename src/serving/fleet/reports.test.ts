import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { AgentReport, Figures, ReleaseReport } from '../contract.ts'
import { count, noFigures } from '../figures.ts'
import { FleetReports } from './reports.ts'

const key = { project: 'p', endpoint: 'e', release: 1 }

const served = (calls: number): Figures => {
  const figures = noFigures()
  for (let call = 0; call < calls; call += 1) count(figures, { rows: 2, failed: 0, sum: 1, latencyMs: 3 })
  return figures
}

const report = (of: {
  calls?: number
  sequence?: number
  incarnation?: string
  phase?: ReleaseReport['phase']
  attempts?: number
  error?: string
}): AgentReport => ({
  incarnation: of.incarnation ?? 'first',
  sequence: of.sequence ?? 1,
  address: 'http://127.0.0.1:1',
  have: 1,
  spooledBytes: 0,
  memoryBytes: 1,
  releases: [
    {
      ...key,
      phase: of.phase ?? 'ready',
      attempts: of.attempts ?? 1,
      figures: served(of.calls ?? 0),
      ...(of.error === undefined ? {} : { error: of.error }),
    },
  ],
})

test('reports in any order, repeated or lost, add up to what the last ones said', () => {
  const heard = fc.record({
    agent: fc.constantFrom('a', 'b'),
    incarnation: fc.constantFrom('1', '2'),
    calls: fc.nat(50),
  })
  fc.assert(
    fc.property(fc.array(heard, { maxLength: 40 }), (words) => {
      const reports = new FleetReports()
      const most = new Map<string, number>()
      for (const { agent, incarnation, calls } of words) {
        reports.hear(agent, report({ incarnation, calls, sequence: calls }), 0)
        const life = `${agent}/${incarnation}`
        most.set(life, Math.max(most.get(life) ?? 0, calls))
      }
      const expected = [...most.values()].reduce((sum, calls) => sum + calls, 0)
      assert.equal(reports.totals(key).requests, expected)
    }),
  )
})

test('what was stored and is restored goes on from there', () => {
  const before = new FleetReports()
  before.hear('a', report({ calls: 5 }), 100)
  const { agents, figures } = before.takeChanges()
  assert.deepEqual(before.takeChanges(), { agents: [], figures: [] })
  const after = new FleetReports()
  after.restore(agents, figures)
  after.hear('a', report({ calls: 3, sequence: 0 }), 200)
  assert.equal(after.totals(key).requests, 5)
  after.hear('a', report({ calls: 2, incarnation: 'second' }), 300)
  assert.equal(after.totals(key).requests, 7)
})

test('what an agent said before the stored word was read is not undone by it', () => {
  const before = new FleetReports()
  before.hear('a', report({ calls: 5 }), 100)
  const { agents, figures } = before.takeChanges()
  const after = new FleetReports()
  after.hear('a', report({ calls: 9, sequence: 2 }), 200)
  const ended = after.polling('a', () => 250)
  after.restore(agents, figures)
  assert.equal(after.totals(key).requests, 9)
  ended()
  assert.deepEqual(
    after.agents().map(({ openPolls, seenAt }) => [openPolls, seenAt]),
    [[0, 250]],
  )
})

test('a release is ready when every living agent has it, and failed when every one has given up', () => {
  const reports = new FleetReports()
  assert.equal(reports.readiness(key, 0).readiness, 'loading')
  reports.hear('a', report({ phase: 'ready' }), 0)
  assert.equal(reports.readiness(key, 0).readiness, 'ready')
  reports.hear('b', report({ phase: 'failed', attempts: 3, error: 'damaged' }), 5000)
  assert.equal(reports.readiness(key, 5000).readiness, 'loading')
  // Agent a was not heard of for long: only b counts.
  assert.deepEqual(reports.readiness(key, 12_000), { readiness: 'failed', why: 'b: damaged' })
  reports.hear('b', report({ phase: 'failed', attempts: 2, sequence: 2 }), 13_000)
  assert.equal(reports.readiness(key, 13_000).readiness, 'loading')
})

test('an open poll keeps an agent alive however long it waits', () => {
  const reports = new FleetReports()
  reports.hear('a', report({}), 0)
  const ended = reports.polling('a', () => 60_000)
  assert.equal(reports.fresh(60_000).length, 1)
  ended()
  assert.equal(reports.fresh(69_999).length, 1)
  assert.equal(reports.fresh(70_000).length, 0)
})

test('traffic is what happened in the last half minute', () => {
  const reports = new FleetReports()
  reports.hear('a', report({ calls: 10 }), 0)
  for (let second = 0; second <= 60; second += 1) reports.sample(second * 1000)
  reports.hear('a', report({ calls: 40, sequence: 2 }), 60_000)
  const { requestsPerSecond, predictionsPerSecond, meanPrediction, overMs } = reports.traffic(key, 60_000)
  assert.deepEqual([requestsPerSecond, predictionsPerSecond, meanPrediction, overMs], [1, 2, 0.5, 30_000])
})
