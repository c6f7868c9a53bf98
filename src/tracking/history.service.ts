import type { Kernel } from '../kernel/kernel.ts'
import { sample, type StoredPoint } from './metric.ts'
import { countHistory, type HistoryQuery, readHistory } from './metric.store.ts'

/** A sample is drawn from so many points at most: bounds memory. Longer series are thinned page by page. */
const pointsPerRead = 25_000

export const historyService = ({ db }: Kernel) => ({
  /** One page of a metric's points, in order. */
  page: (query: HistoryQuery, page: { after?: StoredPoint | undefined; limit: number }) =>
    readHistory(db, query, page),

  /** The whole series, or at most `count` points that keep its first, its last and its extremes. */
  async sampled(query: HistoryQuery, count: number): Promise<{ points: StoredPoint[]; total: number }> {
    const total = await countHistory(db, query)
    const pages = Math.max(1, Math.ceil(total / pointsPerRead))
    const kept: StoredPoint[] = []
    let after: StoredPoint | undefined
    for (let page = 0; page < pages; page += 1) {
      const points = await readHistory(db, query, { after, limit: pointsPerRead })
      after = points.at(-1)
      kept.push(...(pages === 1 ? points : sample(points, Math.max(count, 2))))
    }
    return { points: sample(kept, count), total }
  },
})
