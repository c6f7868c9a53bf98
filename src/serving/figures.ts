import type { Figures } from './contract/sync.ts'

/**
 * Upper bounds of the latency buckets in milliseconds: 0.5 ms to 18 s, each 1.3 times the one before, so that a quantile is known within 30 %
 * (and within a few percent by interpolation). One more bucket holds what took longer.
 */
export const latencyBoundsMs: readonly number[] = Array.from({ length: 41 }, (_, index) => 0.5 * 1.3 ** index)

export const noFigures = (): Figures => ({
  requests: 0,
  predictions: 0,
  errors: 0,
  sum: 0,
  calls: { squares: 0, products: 0, sizes: 0 },
  paired: { calls: 0, predictions: 0, shift: 0, squares: 0, products: 0, sizes: 0 },
  latency: Array.from({ length: latencyBoundsMs.length + 1 }, () => 0),
})

export const bucketOf = (latencyMs: number): number => {
  const index = latencyBoundsMs.findIndex((bound) => latencyMs <= bound)
  return index === -1 ? latencyBoundsMs.length : index
}

export type Call = { rows: number; failed: number; sum: number; latencyMs: number }

/** Counts one call in place: the agent does this for each request. */
export const count = (figures: Figures, { rows, failed, sum, latencyMs }: Call): void => {
  const answered = rows - failed
  figures.requests += 1
  figures.predictions += answered
  figures.errors += failed
  figures.sum += sum
  figures.calls.squares += sum * sum
  figures.calls.products += sum * answered
  figures.calls.sizes += answered * answered
  const bucket = bucketOf(latencyMs)
  figures.latency[bucket] = (figures.latency[bucket] ?? 0) + 1
}

/** Counts in place a call of `rows` rows that two releases answered; `difference` is that of their sums of predictions. */
export const countPair = ({ paired }: Figures, rows: number, difference: number): void => {
  paired.calls += 1
  paired.predictions += rows
  paired.shift += difference
  paired.squares += difference * difference
  paired.products += difference * rows
  paired.sizes += rows * rows
}

const combine = (a: Figures, b: Figures, with_: (x: number, y: number) => number): Figures => ({
  requests: with_(a.requests, b.requests),
  predictions: with_(a.predictions, b.predictions),
  errors: with_(a.errors, b.errors),
  sum: with_(a.sum, b.sum),
  calls: {
    squares: with_(a.calls.squares, b.calls.squares),
    products: with_(a.calls.products, b.calls.products),
    sizes: with_(a.calls.sizes, b.calls.sizes),
  },
  paired: {
    calls: with_(a.paired.calls, b.paired.calls),
    predictions: with_(a.paired.predictions, b.paired.predictions),
    shift: with_(a.paired.shift, b.paired.shift),
    squares: with_(a.paired.squares, b.paired.squares),
    products: with_(a.paired.products, b.paired.products),
    sizes: with_(a.paired.sizes, b.paired.sizes),
  },
  latency: noFigures().latency.map((_, index) => with_(a.latency[index] ?? 0, b.latency[index] ?? 0)),
})

export const plus = (a: Figures, b: Figures): Figures => combine(a, b, (x, y) => x + y)
export const minus = (a: Figures, b: Figures): Figures => combine(a, b, (x, y) => x - y)

/** Of two sums of the same counters the later one: counters only grow. */
export const later = (a: Figures, b: Figures): Figures => (counted(b) > counted(a) ? b : a)

const counted = ({ requests, predictions, errors, paired }: Figures): number =>
  requests + predictions + errors + paired.calls

export const errorRate = ({ predictions, errors }: Figures): number =>
  predictions + errors === 0 ? 0 : errors / (predictions + errors)

export const meanPrediction = ({ predictions, sum }: Figures): number | null =>
  predictions === 0 ? null : sum / predictions

/** The q-quantile of the time of a call in milliseconds, interpolated within its bucket; null without calls. */
export const latencyQuantile = ({ latency }: Figures, q: number): number | null => {
  const total = latency.reduce((sum, calls) => sum + calls, 0)
  if (total <= 0) return null
  let below = 0
  for (const [index, calls] of latency.entries()) {
    if (calls > 0 && below + calls >= q * total) {
      const low = index === 0 ? 0 : (latencyBoundsMs[index - 1] ?? 0)
      const high = latencyBoundsMs[index] ?? low
      return low + (high - low) * ((q * total - below) / calls)
    }
    below += calls
  }
  return latencyBoundsMs.at(-1) ?? null
}

/**
 * Standard error of the mean prediction with calls as clusters, because the rows of a batch resemble each other (ratio estimator, Cochran,
 * Sampling Techniques, 3rd ed., 6.4). Infinite below two calls: then nothing can be said.
 */
export const meanError = ({ requests, predictions, sum, calls }: Figures): number =>
  clusterError({ ...calls, calls: requests, predictions, sum })

type Clusters = {
  calls: number
  predictions: number
  sum: number
  squares: number
  products: number
  sizes: number
}

const clusterError = ({ calls, predictions, sum, squares, products, sizes }: Clusters): number => {
  if (calls < 2 || predictions === 0) return Number.POSITIVE_INFINITY
  const mean = sum / predictions
  const residual = Math.max(0, squares - 2 * mean * products + mean * mean * sizes)
  return Math.sqrt((residual * calls) / (calls - 1)) / predictions
}

/** Mean difference of two releases on the same rows, with its standard error; null while no call was paired. */
export const pairedShift = ({ paired }: Figures): { value: number; error: number } | null =>
  paired.predictions === 0
    ? null
    : { value: paired.shift / paired.predictions, error: clusterError({ ...paired, sum: paired.shift }) }
