/**
 * Labelled scores, counted: how many rows of each class had each score, scores growing. Every figure below is exact from it,
 * ties included, and two of them merge by adding.
 */
export type Scores = { scores: readonly number[]; negatives: readonly number[]; positives: readonly number[] }

export const scoresOf = (rows: Iterable<readonly [score: number, positive: boolean]>): Scores => {
  const seen = new Map<number, [number, number]>()
  for (const [score, positive] of rows) {
    const counts = seen.get(score) ?? [0, 0]
    counts[positive ? 1 : 0] += 1
    seen.set(score, counts)
  }
  return fromMap(seen)
}

const fromMap = (seen: Map<number, [number, number]>): Scores => {
  const scores = [...seen.keys()].sort((a, b) => a - b)
  return {
    scores,
    negatives: scores.map((score) => seen.get(score)?.[0] ?? 0),
    positives: scores.map((score) => seen.get(score)?.[1] ?? 0),
  }
}

export const mergeScores = (parts: readonly Scores[]): Scores => {
  const seen = new Map<number, [number, number]>()
  for (const { scores, negatives, positives } of parts)
    scores.forEach((score, at) => {
      const counts = seen.get(score) ?? [0, 0]
      seen.set(score, [counts[0] + (negatives[at] ?? 0), counts[1] + (positives[at] ?? 0)])
    })
  return fromMap(seen)
}

type Row = { score: number; negative: number; positive: number }

const rowsOf = ({ scores, negatives, positives }: Scores): Row[] =>
  scores.map((score, at) => ({ score, negative: negatives[at] ?? 0, positive: positives[at] ?? 0 }))

const classes = (rows: readonly Row[]) => ({
  negative: rows.reduce((sum, row) => sum + row.negative, 0),
  positive: rows.reduce((sum, row) => sum + row.positive, 0),
})

const meanOver = (labelled: Scores, term: (row: Row) => number): number | null => {
  const rows = rowsOf(labelled)
  const { negative, positive } = classes(rows)
  return negative + positive === 0
    ? null
    : rows.reduce((sum, row) => sum + term(row), 0) / (negative + positive)
}

/**
 * Area under the ROC curve: the chance that a positive row has the higher score, ties counting half (Mann & Whitney 1947; Hanley &
 * McNeil 1982). null while only one class has been seen.
 */
export const rocAuc = (labelled: Scores): number | null => {
  const rows = rowsOf(labelled)
  const { negative, positive } = classes(rows)
  if (negative === 0 || positive === 0) return null
  let below = 0
  let pairs = 0
  for (const row of rows) {
    pairs += row.positive * (below + row.negative / 2)
    below += row.negative
  }
  return pairs / (negative * positive)
}

/** Mean negative log-likelihood in nats (Good 1952). Scores are kept 2^-52 away from 0 and 1, as scikit-learn does for float64. */
export const logLoss = (labelled: Scores): number | null => {
  const clip = (score: number) => Math.min(1 - Number.EPSILON, Math.max(Number.EPSILON, score))
  return meanOver(labelled, ({ score, negative, positive }) => {
    const p = clip(score)
    return -(positive * Math.log(p) + negative * Math.log(1 - p))
  })
}

/** Mean squared distance of score and outcome (Brier 1950). */
export const brier = (labelled: Scores): number | null =>
  meanOver(labelled, ({ score, negative, positive }) => positive * (1 - score) ** 2 + negative * score ** 2)

export const meanScore = (labelled: Scores): number | null =>
  meanOver(labelled, ({ score, negative, positive }) => score * (negative + positive))

export const positiveRate = (labelled: Scores): number | null =>
  meanOver(labelled, ({ positive }) => positive)

/** Calibration in the large: distance of the mean prediction and the rate of positives (Van Calster et al. 2019). */
export const calibrationGap = (labelled: Scores): number | null => {
  const [mean, rate] = [meanScore(labelled), positiveRate(labelled)]
  return mean === null || rate === null ? null : Math.abs(mean - rate)
}

type ReliabilityBin = {
  from: number
  to: number
  rows: number
  meanPrediction: number
  positiveRate: number
}

/** Rows by predicted probability in bins of equal width, empty ones left out; 1 belongs to the last. */
const reliability = (labelled: Scores, bins = 10): ReliabilityBin[] => {
  const sums = Array.from({ length: bins }, () => ({ rows: 0, score: 0, positive: 0 }))
  for (const { score, negative, positive } of rowsOf(labelled)) {
    const bin = sums[Math.min(bins - 1, Math.max(0, Math.floor(score * bins)))]
    if (!bin) continue
    bin.rows += negative + positive
    bin.score += score * (negative + positive)
    bin.positive += positive
  }
  return sums
    .map(({ rows, score, positive }, at) => ({
      from: at / bins,
      to: (at + 1) / bins,
      rows,
      meanPrediction: score / rows,
      positiveRate: positive / rows,
    }))
    .filter(({ rows }) => rows > 0)
}

/** Expected calibration error over ten bins of equal width (Naeini, Cooper & Hauskrecht 2015). */
export const calibrationError = (labelled: Scores): number | null => {
  const bins = reliability(labelled)
  const rows = bins.reduce((sum, bin) => sum + bin.rows, 0)
  if (rows === 0) return null
  return bins.reduce(
    (sum, bin) => sum + (bin.rows / rows) * Math.abs(bin.meanPrediction - bin.positiveRate),
    0,
  )
}
