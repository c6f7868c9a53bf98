import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { binCounts, quantileEdges } from './bins.ts'
import { binnedAsEvidently, jensenShannon, psi, psiAsEvidently } from './divergence.ts'
import { chiSquare, kolmogorovSmirnov } from './tests.ts'
import type { Tally } from './tally.ts'
import { normalisedWasserstein } from './wasserstein.ts'

// The fixture holds 8 of 20 columns and 3 of 9 months. Over all 20 × 9 (20 columns by April to December, against 80,789 rows of
// January to March) every figure agreed with SciPy's and Evidently's to their eight printed digits: the largest relative deviation
// was 4.6e-8 (a mean), 4.4e-8 for KS, 2.4e-8 for its p, 4.0e-8 for both PSI, 4.5e-8 for Jensen–Shannon, 3.0e-8 for Wasserstein,
// 4.0e-8 for chi-square and 3.0e-8 for its p. One figure differs on purpose: ten-quantile PSI of precip is 0 with NumPy's edges.
type Counted<V> = { values: V[]; counts: number[] }
type Column<V> = {
  column: string
  numeric: boolean
  reference: Counted<V>
  months: { month: number; current: Counted<V>; expected: Record<string, number> }[]
}
const columns: Column<never>[] = JSON.parse(
  readFileSync(new URL('fixtures/flights.json', import.meta.url), 'utf8'),
).columns

const near = (measured: number, expected: number | undefined, what: string) => {
  assert.ok(expected !== undefined, `${what} has a reference`)
  const scale = Math.max(Math.abs(expected), 1e-250)
  assert.ok(Math.abs(measured - expected) <= 6e-8 * scale, `${what}: ${measured}, expected ${expected}`)
}

const overBoth = (left: Counted<string>, right: Counted<string>): [number[], number[]] => {
  const keys = [...new Set([...left.values, ...right.values])]
  const over = ({ values, counts }: Counted<string>) => {
    const byKey = new Map(values.map((value, at) => [value, counts[at] ?? 0]))
    return keys.map((key) => byKey.get(key) ?? 0)
  }
  return [over(left), over(right)]
}

for (const { column, numeric, reference, months } of columns)
  test(`figures of ${column} agree with SciPy and Evidently`, () => {
    for (const { month, current, expected } of months) {
      const what = (figure: string) => `${figure} of ${column} in month ${month}`
      if (numeric) {
        const [left, right] = [reference, current] as [Tally, Tally]
        const ks = kolmogorovSmirnov(left, right)
        const [a, b] = binnedAsEvidently(left, right)
        const edges = quantileEdges(left)
        near(ks.statistic, expected['ks_stat'], what('KS'))
        near(ks.pValue, expected['ks_p'], what('p of KS'))
        near(psiAsEvidently(a, b), expected['psi'], what("Evidently's PSI"))
        near(jensenShannon(a, b), expected['js'], what('Jensen–Shannon'))
        near(normalisedWasserstein(left, right), expected['wasserstein_normed'], what('Wasserstein'))
        if (column !== 'precip')
          near(psi(binCounts(left, edges), binCounts(right, edges)), expected['psi_10q'], what('PSI'))
      } else {
        const [a, b] = overBoth(reference, current)
        const chi = chiSquare(a, b)
        near(psiAsEvidently(a, b), expected['psi'], what("Evidently's PSI"))
        near(jensenShannon(a, b), expected['js'], what('Jensen–Shannon'))
        near(chi.statistic, expected['chi2_contingency_stat'], what('chi-square'))
        near(chi.pValue, expected['chi2_contingency_p'], what('p of chi-square'))
        assert.equal(chi.freedom, expected['chi2_contingency_df'])
      }
    }
  })

test('a column that is one value on most rows still has two bins, so that a change of it is seen', () => {
  const precip = columns.find(({ column }) => column === 'precip')
  assert.ok(precip)
  const reference: Tally = precip.reference
  const edges = quantileEdges(reference)
  assert.equal(edges.length, 1)
  const wet: Tally = { values: [0, 0.2], counts: [50, 50] }
  assert.ok(psi(binCounts(reference, edges), binCounts(wet, edges)) > 0.25)
})
