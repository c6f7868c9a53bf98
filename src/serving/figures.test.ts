import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Figures } from './contract.ts'
import {
  bucketOf,
  count,
  errorRate,
  later,
  latencyBoundsMs,
  latencyQuantile,
  meanError,
  meanPrediction,
  minus,
  noFigures,
  plus,
} from './figures.ts'

const call = fc.record({
  rows: fc.integer({ min: 1, max: 50 }),
  failed: fc.constant(0),
  sum: fc.double({ min: 0, max: 50, noNaN: true }),
  latencyMs: fc.double({ min: 0, max: 30_000, noNaN: true }),
})

const figuresOf = (calls: Parameters<typeof count>[1][]): Figures => {
  const figures = noFigures()
  for (const one of calls) count(figures, one)
  return figures
}

test('sums of two agents are the sums of all calls, and take apart again', () => {
  fc.assert(
    fc.property(fc.array(call), fc.array(call), (mine, theirs) => {
      const together = plus(figuresOf(mine), figuresOf(theirs))
      const all = figuresOf([...mine, ...theirs])
      assert.deepEqual(together.latency, all.latency)
      assert.ok(Math.abs(together.sum - all.sum) < 1e-6)
      const apart = minus(together, figuresOf(theirs))
      assert.deepEqual(
        [apart.requests, apart.predictions, apart.latency],
        [mine.length, figuresOf(mine).predictions, figuresOf(mine).latency],
      )
    }),
  )
})

test('of two reports the one with more behind it is the later', () => {
  const early = figuresOf([{ rows: 1, failed: 0, sum: 1, latencyMs: 1 }])
  const late = plus(early, early)
  assert.equal(later(early, late), late)
  assert.equal(later(late, early), late)
})

test('a latency lies in the bucket whose bound is the first not below it', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 100_000, noNaN: true }), (latencyMs) => {
      const bucket = bucketOf(latencyMs)
      assert.ok(latencyMs <= (latencyBoundsMs[bucket] ?? Number.POSITIVE_INFINITY))
      assert.ok(bucket === 0 || latencyMs > (latencyBoundsMs[bucket - 1] ?? 0))
    }),
  )
})

test('a quantile is within the width of its bucket, and there is none without calls', () => {
  assert.equal(latencyQuantile(noFigures(), 0.95), null)
  const times = Array.from({ length: 1000 }, (_, index) => 1 + index / 10)
  const figures = figuresOf(times.map((latencyMs) => ({ rows: 1, failed: 0, sum: 0, latencyMs })))
  for (const q of [0.1, 0.5, 0.95, 0.99]) {
    const found = latencyQuantile(figures, q) ?? 0
    const exact = times[Math.ceil(q * times.length) - 1] ?? 0
    assert.ok(found / exact < 1.3 && exact / found < 1.3, `${found} for ${exact}`)
  }
})

test('the error of a mean counts calls and not rows: batches whose rows agree are one observation each', () => {
  // Ten batches of 20 equal rows, means 0.2 and 0.4 in turn: the error of the mean of ten such values is 0.1054 / sqrt(10) = 0.0333.
  const figures = figuresOf(
    Array.from({ length: 10 }, (_, index) => ({
      rows: 20,
      failed: 0,
      sum: 20 * (index % 2 === 0 ? 0.2 : 0.4),
      latencyMs: 1,
    })),
  )
  assert.ok(Math.abs(meanError(figures) - 0.1054 / Math.sqrt(10)) < 1e-4)
  assert.equal(
    meanError(figuresOf([{ rows: 100, failed: 0, sum: 30, latencyMs: 1 }])),
    Number.POSITIVE_INFINITY,
  )
})

test('failed rows count as errors and not in the mean', () => {
  const figures = figuresOf([
    { rows: 10, failed: 0, sum: 3, latencyMs: 1 },
    { rows: 10, failed: 10, sum: 0, latencyMs: 1 },
  ])
  assert.deepEqual([errorRate(figures), meanPrediction(figures)], [0.5, 0.3])
})
