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
  latency: noFigures().latency.map((_, index) => with_(a.latency[index] ?? 0, b.latency[index] ?? 0)),
})

export const plus = (a: Figures, b: Figures): Figures => combine(a, b, (x, y) => x + y)
export const minus = (a: Figures, b: Figures): Figures => combine(a, b, (x, y) => x - y)

/** Of two sums of the same counters the later one: counters only grow. */
export const later = (a: Figures, b: Figures): Figures =>
  b.requests + b.predictions + b.errors > a.requests + a.predictions + a.errors ? b : a

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
export const meanError = ({ requests, predictions, sum, calls }: Figures): number => {
  if (requests < 2 || predictions === 0) return Number.POSITIVE_INFINITY
  const mean = sum / predictions
  const residual = Math.max(0, calls.squares - 2 * mean * calls.products + mean * mean * calls.sizes)
  return Math.sqrt((residual * requests) / (requests - 1)) / predictions
}
