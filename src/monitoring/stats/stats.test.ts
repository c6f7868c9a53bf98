import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { binCounts, binOf, quantileEdges } from './bins.ts'
import { jensenShannon, psi, totalVariation } from './divergence.ts'
import { brier, calibrationError, calibrationGap, logLoss, mergeScores, rocAuc, scoresOf } from './scores.ts'
import { mergeTallies, quantileOf, stdOf, tallyOf, total } from './tally.ts'
import { chiSquare, kolmogorovSmirnov, smirnovP } from './tests.ts'
import { wasserstein } from './wasserstein.ts'

const close = (measured: number | null, expected: number, within = 1e-12) =>
  assert.ok(measured !== null && Math.abs(measured - expected) <= within, `${measured}, expected ${expected}`)

const value = fc.integer({ min: -20, max: 20 })
const rows = fc.array(value, { minLength: 1, maxLength: 60 })
const labelled = fc.array(
  fc.tuple(
    fc.integer({ min: 0, max: 8 }).map((n) => n / 8),
    fc.boolean(),
  ),
  {
    minLength: 1,
    maxLength: 40,
  },
)
const counts = fc.array(fc.nat(50), { minLength: 5, maxLength: 5 }).filter((list) => total(list) > 0)

test('the area under the ROC curve is the share of pairs in the right order, ties counting half', () => {
  fc.assert(
    fc.property(labelled, (list) => {
      const positives = list.filter(([, positive]) => positive)
      const negatives = list.filter(([, positive]) => !positive)
      const measured = rocAuc(scoresOf(list))
      if (positives.length === 0 || negatives.length === 0) return assert.equal(measured, null)
      let won = 0
      for (const [high] of positives)
        for (const [low] of negatives) won += high > low ? 1 : high === low ? 0.5 : 0
      close(measured, won / (positives.length * negatives.length))
    }),
  )
})

test('quality of merged parts is the quality of all rows at once', () => {
  fc.assert(
    fc.property(labelled, labelled, (left, right) => {
      const merged = mergeScores([scoresOf(left), scoresOf(right)])
      assert.deepEqual(merged, scoresOf([...left, ...right]))
    }),
  )
})

test('log loss, Brier score and calibration agree with figures worked out by hand', () => {
  const scores = scoresOf([
    [0.8, true],
    [0.4, false],
    [0.6, false],
    [0.1, false],
  ])
  close(logLoss(scores), -(Math.log(0.8) + Math.log(0.6) + Math.log(0.4) + Math.log(0.9)) / 4)
  close(brier(scores), (0.04 + 0.16 + 0.36 + 0.01) / 4)
  close(calibrationGap(scores), 1.9 / 4 - 0.25)
  close(calibrationError(scores), (0.2 + 0.4 + 0.6 + 0.1) / 4)
  assert.equal(logLoss(scoresOf([[0, true]])), -Math.log(Number.EPSILON))
  for (const metric of [rocAuc, logLoss, brier, calibrationGap, calibrationError])
    assert.equal(metric(scoresOf([])), null)
})

test('a tally merges to the tally of all rows and keeps quantiles and spread', () => {
  fc.assert(
    fc.property(rows, rows, (left, right) => {
      const all = [...left, ...right].sort((a, b) => a - b)
      const merged = mergeTallies([tallyOf(left), tallyOf(right)])
      assert.deepEqual(merged, tallyOf(all))
      const middle = (all.length - 1) / 2
      const median = ((all[Math.floor(middle)] ?? 0) + (all[Math.ceil(middle)] ?? 0)) / 2
      close(quantileOf(merged, 0.5), median)
      const mean = all.reduce((a, b) => a + b, 0) / all.length
      close(stdOf(merged), Math.sqrt(all.reduce((sum, x) => sum + (x - mean) ** 2, 0) / all.length), 1e-9)
    }),
  )
})

test('every row has exactly one bin and a bin holds its lower edge', () => {
  fc.assert(
    fc.property(rows, rows, (reference, current) => {
      const edges = quantileEdges(tallyOf(reference))
      assert.equal(total(binCounts(tallyOf(current), edges)), current.length)
      for (const [at, edge] of edges.entries()) assert.equal(binOf(edges, edge), at + 1)
    }),
  )
})

test('distances are nothing between equal counts, symmetric, and within their bounds', () => {
  fc.assert(
    fc.property(counts, counts, (left, right) => {
      for (const distance of [psi, jensenShannon, totalVariation]) {
        close(distance(left, left), 0)
        close(distance(left, right), distance(right, left), 1e-9)
      }
      assert.ok(jensenShannon(left, right) <= Math.sqrt(Math.LN2) + 1e-12)
      assert.ok(totalVariation(left, right) <= 1 + 1e-12)
    }),
  )
  close(totalVariation([10, 0], [0, 7]), 1)
  close(jensenShannon([10, 0], [0, 7]), Math.sqrt(Math.LN2))
})

test('two samples moved apart by a step have that step as their earth mover distance', () => {
  fc.assert(
    fc.property(rows, fc.integer({ min: -9, max: 9 }), (list, step) =>
      close(wasserstein(tallyOf(list), tallyOf(list.map((x) => x + step))), Math.abs(step), 1e-9),
    ),
  )
})

test('the Kolmogorov–Smirnov statistic is the largest gap of the two step functions', () => {
  fc.assert(
    fc.property(rows, rows, (left, right) => {
      const share = (list: number[], x: number) => list.filter((y) => y <= x).length / list.length
      const gaps = [...left, ...right].map((x) => Math.abs(share(left, x) - share(right, x)))
      close(kolmogorovSmirnov(tallyOf(left), tallyOf(right)).statistic, Math.max(...gaps))
    }),
  )
})

test('p-values agree with published critical values', () => {
  // Kolmogorov's limit: P(√N·D > 1.3581) = 0.05, > 1.6276 = 0.01; chi-square tables: 3.8415 (1), 18.307 (10), 124.342 (100).
  const size = 20_000
  close(smirnovP(1.3581 / Math.sqrt(size / 2), size, size), 0.05, 5e-4)
  close(smirnovP(1.6276 / Math.sqrt(size / 2), size, size), 0.01, 2e-4)
  assert.equal(smirnovP(0, 10, 10), 1)
  assert.equal(smirnovP(1, 10, 10), 0)
  const table = chiSquare([50, 50], [50 - 13.859, 50 + 13.859])
  close(table.statistic, 3.9164, 1e-3)
  close(table.pValue, 0.04782, 1e-4)
  assert.equal(chiSquare([5], [9]).pValue, 1)
})
