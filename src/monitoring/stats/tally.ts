/**
 * How often each value occurs, values growing. It holds the same information as the rows themselves for every figure of this
 * folder, takes a line per distinct value, and two of them merge by adding: exact for columns of few values, and a sketch when
 * the values stand for bins.
 */
export type Tally = { values: readonly number[]; counts: readonly number[] }

export const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0)

export const tallyOf = (rows: Iterable<number>): Tally => {
  const seen = new Map<number, number>()
  for (const value of rows) seen.set(value, (seen.get(value) ?? 0) + 1)
  return fromMap(seen)
}

const fromMap = (seen: Map<number, number>): Tally => {
  const values = [...seen.keys()].sort((a, b) => a - b)
  return { values, counts: values.map((value) => seen.get(value) ?? 0) }
}

export const mergeTallies = (tallies: readonly Tally[]): Tally => {
  const seen = new Map<number, number>()
  for (const { values, counts } of tallies)
    values.forEach((value, at) => seen.set(value, (seen.get(value) ?? 0) + (counts[at] ?? 0)))
  return fromMap(seen)
}

const meanOf = ({ values, counts }: Tally): number =>
  values.reduce((sum, value, at) => sum + value * (counts[at] ?? 0), 0) / total(counts)

/** Standard deviation of the population (divided by n, as NumPy does). */
export const stdOf = (tally: Tally): number => {
  const mean = meanOf(tally)
  const squares = tally.values.reduce(
    (sum, value, at) => sum + (value - mean) ** 2 * (tally.counts[at] ?? 0),
    0,
  )
  return Math.sqrt(squares / total(tally.counts))
}

/** Quantile with linear interpolation between order statistics: type 7 of Hyndman & Fan (1996), NumPy's and DuckDB's default. */
export const quantileOf = ({ values, counts }: Tally, share: number): number => {
  const position = (total(counts) - 1) * share
  const below = Math.floor(position)
  const lower = orderStatistic({ values, counts }, below)
  return lower + (position - below) * (orderStatistic({ values, counts }, Math.ceil(position)) - lower)
}

const orderStatistic = ({ values, counts }: Tally, rank: number): number => {
  let seen = 0
  for (const [at, count] of counts.entries()) {
    seen += count
    if (rank < seen) return values[at] ?? Number.NaN
  }
  return values.at(-1) ?? Number.NaN
}
