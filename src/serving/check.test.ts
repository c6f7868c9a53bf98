import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkServing } from './check.ts'
import { durationMs } from '../kernel/duration.ts'
import { planOf } from './rollout/plan.ts'

test('weights that do not grow and lookups that are not online are found before anything is applied', () => {
  const problems = checkServing({
    endpoints: {
      e: { model: 'm', lookups: ['plane', 'weather'], rollout: { steps: [{ weight: 50 }, { weight: 20 }] } },
      f: { model: 'm' },
    },
    features: { plane: { online: true }, weather: {} },
  })
  assert.deepEqual(
    problems.map(({ path, message }) => `${path}: ${message}`),
    [
      'endpoints.e.rollout.steps: rollout step 2 has weight 20, not more than 50 before it',
      'endpoints.e.lookups.1: feature view weather is not online, so agents cannot look it up',
    ],
  )
})

test('a plan has every default written out and always ends with all traffic', () => {
  assert.deepEqual(planOf({ model: 'm' }), {
    steps: [
      { weight: 10, minRequests: 100, bakeMs: 0 },
      { weight: 50, minRequests: 100, bakeMs: 0 },
      { weight: 100, minRequests: 0, bakeMs: 0 },
    ],
    limits: { errorRate: 0.01, latencyP95Ms: null, predictionShift: null },
    deadlineMs: 3_600_000,
  })
  const { steps } = planOf({ model: 'm', rollout: { steps: [{ weight: 20, minRequests: 5, bake: '2m' }] } })
  assert.deepEqual(steps, [
    { weight: 20, minRequests: 5, bakeMs: 120_000 },
    { weight: 100, minRequests: 0, bakeMs: 0 },
  ])
})

test('durations are read in every unit', () => {
  assert.deepEqual(
    ['5ms', '5s', '5m', '5h', '5d'].map(durationMs),
    [5, 5000, 300_000, 18_000_000, 432_000_000],
  )
})
