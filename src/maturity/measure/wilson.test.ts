import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { quantile } from './finding.ts'
import { wilson } from './wilson.ts'

test('the interval is Wilson’s, as published', () => {
  // Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
  const published = [
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ] as const
  for (const [n, of, low, high] of published) {
    const found = wilson(n, of)
    assert.ok(
      found && Math.abs(found.low - low) < 5e-5 && Math.abs(found.high - high) < 5e-5,
      `${n} of ${of}`,
    )
  }
})

test('the interval holds the share, stays between 0 and 1, and there is none without records', () => {
  assert.equal(wilson(0, 0), null)
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (of, share) => {
        const n = Math.round(share * of)
        const found = wilson(n, of)
        return (
          found !== null && found.low >= 0 && found.low <= n / of && n / of <= found.high && found.high <= 1
        )
      },
    ),
  )
})

test('quantiles lie between the nearest ranks', () => {
  assert.equal(quantile([4, 1, 3, 2], 0.5), 2.5)
  assert.equal(quantile([], 0.5), null)
})
