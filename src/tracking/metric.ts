/** Metric points: how a value is kept, which point a run shows, and how a long series is sampled. Pure. */

export type MetricValue = number | 'NaN' | 'Infinity' | '-Infinity'
export type StoredPoint = { value: number; isNan: number; step: number; timestamp: number }

/** Infinities are kept as the largest doubles, as MLflow's clients expect to read them back. */
const largest = Number.MAX_VALUE

/** A value as it is stored; undefined when it is no number that JSON can carry (1e400 becomes Infinity when parsed: refused). */
export const toStored = (value: unknown): { value: number; isNan: number } | undefined => {
  if (typeof value === 'number') return Number.isFinite(value) ? { value, isNan: 0 } : undefined
  if (value === 'NaN') return { value: 0, isNan: 1 }
  if (value === 'Infinity') return { value: largest, isNan: 0 }
  if (value === '-Infinity') return { value: -largest, isNan: 0 }
  return undefined
}

export const fromStored = (point: { value: number; isNan: number }): MetricValue =>
  point.isNan === 1 ? 'NaN' : point.value

/** Is `a` shown rather than `b`? Greatest by step, then timestamp, then value: not the one written last. */
const isShownBefore = (a: StoredPoint, b: StoredPoint): boolean =>
  a.step - b.step !== 0
    ? a.step > b.step
    : a.timestamp - b.timestamp !== 0
      ? a.timestamp > b.timestamp
      : a.value > b.value

/** Of many points the one that a run shows, by key. */
export const latestByKey = <P extends StoredPoint & { key: string }>(points: readonly P[]): P[] => {
  const latest = new Map<string, P>()
  for (const point of points) {
    const known = latest.get(point.key)
    if (!known || isShownBefore(point, known)) latest.set(point.key, point)
  }
  return [...latest.values()]
}

const extremes = <P extends { value: number; isNan: number }>(bucket: readonly P[]): P[] => {
  let low = bucket[0]
  let high = bucket[0]
  for (const point of bucket) {
    if (!low || !high || point.isNan === 1) continue
    if (low.isNan === 1 || point.value < low.value) low = point
    if (high.isNan === 1 || point.value > high.value) high = point
  }
  if (!low || !high) return []
  if (low === high) return [low]
  return bucket.indexOf(low) < bucket.indexOf(high) ? [low, high] : [high, low]
}

/**
 * At most `count` of the points, in order: the first, the last, and of each bucket between them the smallest and the greatest,
 * so that no spike is lost (min-max decimation).
 */
export const sample = <P extends { value: number; isNan: number }>(
  points: readonly P[],
  count: number,
): P[] => {
  const [first, last] = [points[0], points.at(-1)]
  if (points.length <= count || !first || !last) return [...points]
  if (count <= 2) return [first, last].slice(0, count)
  const inner = points.slice(1, -1)
  const buckets = Math.max(1, Math.floor((count - 2) / 2))
  const kept: P[] = []
  for (let bucket = 0; bucket < buckets; bucket += 1) {
    const from = Math.floor((bucket * inner.length) / buckets)
    const to = Math.floor(((bucket + 1) * inner.length) / buckets)
    kept.push(...extremes(inner.slice(from, to)))
  }
  return [first, ...kept.slice(0, count - 2), last]
}
