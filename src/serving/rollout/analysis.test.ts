import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Figures } from '../contract.ts'
import { count, countPair, noFigures } from '../figures.ts'
import { analyse } from './analysis.ts'

const limits = { errorRate: 0.01, latencyP95Ms: null, predictionShift: 0.05 }
const step = { weight: 10, minRequests: 100, bakeMs: 0 }

const calls = (number: number, of: { mean: number; failed?: number; spread?: number }): Figures => {
  const figures = noFigures()
  for (let call = 0; call < number; call += 1) {
    const mean = of.mean + (call % 2 === 0 ? 1 : -1) * (of.spread ?? 0)
    const failed = call < (of.failed ?? 0) ? 10 : 0
    count(figures, { rows: 10, failed, sum: (10 - failed) * mean, latencyMs: 3 })
  }
  return figures
}

const verdictOf = (canary: Figures, champion: Figures | null, name: string): string | undefined =>
  analyse({ canary, champion }, step, limits).checks.find((check) => check.name === name)?.verdict

test('too few predictions are inconclusive, even when all of them are fine', () => {
  const analysis = analyse(
    { canary: calls(9, { mean: 0.3 }), champion: calls(90, { mean: 0.3 }) },
    step,
    limits,
  )
  assert.deepEqual([analysis.verdict, analysis.predictions, analysis.needed], ['inconclusive', 90, 100])
})

test('errors that can no longer be made good fail before the sample is complete', () => {
  const champion = calls(10, { mean: 0.3 })
  assert.equal(verdictOf(calls(1, { mean: 0.3, failed: 1 }), champion, 'errorRate'), 'fail')
  const wide = { ...limits, errorRate: 0.2 }
  const [check] = analyse({ canary: calls(2, { mean: 0.3, failed: 2 }), champion }, step, wide).checks
  assert.equal(check?.verdict, 'inconclusive')
})

test('a shift beyond the limit fails only when chance does not explain it', () => {
  const champion = calls(50, { mean: 0.3 })
  assert.equal(verdictOf(calls(20, { mean: 0.33, spread: 0.02 }), champion, 'predictionShift'), 'pass')
  assert.equal(
    verdictOf(calls(20, { mean: 0.37, spread: 0.25 }), champion, 'predictionShift'),
    'inconclusive',
  )
  assert.equal(verdictOf(calls(20, { mean: 0.5, spread: 0.05 }), champion, 'predictionShift'), 'fail')
})

test('a release that still lies beyond the limit after four times the evidence goes back', () => {
  const champion = calls(50, { mean: 0.3 })
  assert.equal(
    verdictOf(calls(39, { mean: 0.37, spread: 0.25 }), champion, 'predictionShift'),
    'inconclusive',
  )
  assert.equal(verdictOf(calls(40, { mean: 0.37, spread: 0.25 }), champion, 'predictionShift'), 'fail')
})

test('asked the same rows, a small difference shows where two samples would be lost in noise', () => {
  const champion = calls(50, { mean: 0.3, spread: 0.25 })
  const pairedBy = (shift: number) => {
    const canary = calls(12, { mean: 0.3 + shift, spread: 0.25 })
    for (let call = 0; call < 12; call += 1) countPair(canary, 10, 10 * shift)
    return canary
  }
  const beyond = (limits.predictionShift ?? 0) + 0.01
  assert.equal(verdictOf(pairedBy(beyond), champion, 'predictionShift'), 'fail')
  assert.equal(verdictOf(pairedBy(0.01), champion, 'predictionShift'), 'pass')
})

test('a few large batches are no sample of means', () => {
  const canary = noFigures()
  for (let call = 0; call < 4; call += 1) count(canary, { rows: 1000, failed: 0, sum: 900, latencyMs: 3 })
  assert.equal(verdictOf(canary, calls(50, { mean: 0.3 }), 'predictionShift'), 'inconclusive')
})

test('at full weight nothing is left to compare with', () => {
  const evidence = { canary: calls(20, { mean: 0.9 }), champion: noFigures() }
  assert.equal(analyse(evidence, { ...step, weight: 100 }, limits).verdict, 'pass')
})

test('calls that are too slow fail', () => {
  const canary = noFigures()
  for (let call = 0; call < 30; call += 1)
    count(canary, { rows: 10, failed: 0, sum: 3, latencyMs: call < 27 ? 10 : 900 })
  const judged = analyse({ canary, champion: null }, step, { ...limits, latencyP95Ms: 500 })
  assert.deepEqual(
    judged.checks.map(({ name, verdict }) => [name, verdict]),
    [
      ['errorRate', 'pass'],
      ['latencyP95Ms', 'fail'],
    ],
  )
})
