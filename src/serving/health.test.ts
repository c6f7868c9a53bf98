import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ReleaseReport, Traffic } from './contract.ts'
import type { HeardAgent } from './fleet/reports.ts'
import { judgeHealth } from './health.ts'

const traffic: Traffic = {
  requestsPerSecond: 1,
  predictionsPerSecond: 10,
  errorRate: 0,
  latencyP50Ms: 1,
  latencyP95Ms: 2,
  meanPrediction: 0.5,
  overMs: 30_000,
}

const agent = (phase: ReleaseReport['phase'], error?: string): HeardAgent => ({
  name: 'a',
  address: '',
  incarnation: 'i',
  seenAt: 0,
  openPolls: 1,
  report: {
    incarnation: 'i',
    sequence: 1,
    address: '',
    have: 1,
    spooledBytes: 0,
    memoryBytes: 0,
    releases: [
      {
        project: 'p',
        endpoint: 'e',
        release: 2,
        phase,
        attempts: 1,
        ...(error === undefined ? {} : { error }),
      },
    ],
  },
})

const judge = (agents: HeardAgent[], more: { release?: number | null; traffic?: Traffic } = {}) =>
  judgeHealth({
    endpoint: { project: 'p', name: 'e' },
    release: 2,
    agents,
    traffic,
    errorLimit: 0.01,
    ...more,
  })

test('health says what is wrong, from nothing released to failing predictions', () => {
  assert.equal(judge([], { release: null }).health, 'waiting')
  assert.deepEqual(judge([]), { health: 'down', reason: 'No agent answers.' })
  assert.deepEqual(judge([agent('failed', 'damaged')]), {
    health: 'down',
    reason: 'No agent has release 2 ready: damaged.',
  })
  assert.equal(
    judge([agent('ready'), agent('loading')]).reason,
    '1 of 2 agents do not have release 2 ready: still loading it.',
  )
  assert.equal(
    judge([agent('ready')], { traffic: { ...traffic, errorRate: 0.2 } }).reason,
    '20.0 % of the predictions fail.',
  )
  assert.equal(
    judge([agent('ready')], { traffic: { ...traffic, errorRate: 0.2, predictionsPerSecond: 0.1 } }).health,
    'healthy',
  )
  assert.deepEqual(judge([agent('ready')]), { health: 'healthy', reason: null })
})
