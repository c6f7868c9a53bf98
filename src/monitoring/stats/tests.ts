import { logGamma, upperGamma } from './gamma.ts'
import { type Tally, total } from './tally.ts'

export type TestResult = { statistic: number; pValue: number }

/** Largest distance of two cumulative distributions given as counts over the same growing points. */
export const largestGap = (left: readonly number[], right: readonly number[]): number => {
  const [leftTotal, rightTotal] = [total(left), total(right)]
  if (leftTotal === 0 || rightTotal === 0) return 0
  let [seenLeft, seenRight, gap] = [0, 0, 0]
  for (const [at, count] of left.entries()) {
    seenLeft += count
    seenRight += right[at] ?? 0
    gap = Math.max(gap, Math.abs(seenLeft / leftTotal - seenRight / rightTotal))
  }
  return gap
}

/** Counts of both tallies over the union of their values. */
export const aligned = (left: Tally, right: Tally): { values: number[]; left: number[]; right: number[] } => {
  const values = [...new Set([...left.values, ...right.values])].sort((a, b) => a - b)
  const over = ({ values: own, counts }: Tally) => {
    const byValue = new Map(own.map((value, at) => [value, counts[at] ?? 0]))
    return values.map((value) => byValue.get(value) ?? 0)
  }
  return { values, left: over(left), right: over(right) }
}

/** Two-sample Kolmogorov–Smirnov test, exact statistic, two-sided p-value. At many rows p says only that there are many rows. */
export const kolmogorovSmirnov = (left: Tally, right: Tally): TestResult => {
  const both = aligned(left, right)
  const statistic = largestGap(both.left, both.right)
  return { statistic, pValue: smirnovP(statistic, total(left.counts), total(right.counts)) }
}

/**
 * P(D ≥ d) for two samples of n and m rows, by the one-sample distribution at the effective size nm/(n+m), as SciPy does for more
 * than 10,000 rows. In the tail (N·d² ≥ 1.5) twice Smirnov's exact one-sided sum (Birnbaum & Tingey 1951), which differs from the
 * two-sided value by less than e^(−8·1.5); elsewhere Kolmogorov's series with Stephens' correction (1970), good to about 0.001.
 */
export const smirnovP = (d: number, n: number, m: number): number => {
  const size = Math.round((n * m) / (n + m))
  if (d <= 0 || size === 0) return 1
  if (d >= 1) return 0
  return Math.min(1, size * d * d >= 1.5 ? 2 * oneSided(size, d) : kolmogorovSeries(size, d))
}

const oneSided = (n: number, d: number): number => {
  const last = Math.floor(n * (1 - d))
  const logs = Array.from({ length: last + 1 }, (_, j) => {
    const rest = 1 - d - j / n
    const choose = logGamma(n + 1) - logGamma(j + 1) - logGamma(n - j + 1)
    return rest <= 0 ? -Infinity : choose + (n - j) * Math.log(rest) + (j - 1) * Math.log(d + j / n)
  })
  const largest = logs.reduce((a, b) => Math.max(a, b), -Infinity)
  return d * Math.exp(largest) * logs.reduce((sum, log) => sum + Math.exp(log - largest), 0)
}

const kolmogorovSeries = (n: number, d: number): number => {
  const root = Math.sqrt(n)
  const t = (root + 0.12 + 0.11 / root) * d
  if (t < 0.3) return 1
  let sum = 0
  for (let k = 1; k <= 100; k += 1) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k * k * t * t)
  return Math.min(1, Math.max(0, sum))
}

/**
 * Pearson's chi-square test of homogeneity on a two-row table of counts (Pearson 1900). Categories that only one side has count
 * in full, unlike a goodness-of-fit against the reference, where an unseen category has the expectation 0 and p is 0.
 */
export const chiSquare = (
  reference: readonly number[],
  current: readonly number[],
): TestResult & { freedom: number } => {
  const [rows, others] = [total(reference), total(current)]
  const filled = reference
    .map((count, at) => [count, current[at] ?? 0] as const)
    .filter(([a, b]) => a + b > 0)
  const part = (observed: number, expected: number) => (observed - expected) ** 2 / expected
  const statistic = filled.reduce((sum, [a, b]) => {
    const share = (a + b) / (rows + others)
    return sum + part(a, share * rows) + part(b, share * others)
  }, 0)
  const freedom = Math.max(0, filled.length - 1)
  return { statistic, freedom, pValue: freedom === 0 ? 1 : upperGamma(freedom / 2, statistic / 2) }
}
