import { binCounts, sturgesEdges } from './bins.ts'
import { mergeTallies, type Tally, total } from './tally.ts'

const shares = (counts: readonly number[]): number[] => {
  const sum = total(counts)
  return counts.map((count) => (sum === 0 ? 0 : count / sum))
}

const pairwise = (
  left: readonly number[],
  right: readonly number[],
  term: (p: number, q: number) => number,
): number => left.reduce((sum, p, at) => sum + term(p, right[at] ?? 0), 0)

/** Share that stands for an empty bin, so that the logarithm exists. */
const emptyShare = 1e-4

/**
 * Population stability index over bins of the same edges: Σ (q − p) ln(q / p), the symmetrised Kullback–Leibler divergence
 * (Siddiqi, Credit Risk Scorecards, 2006; usual reading: under 0.1 stable, over 0.25 moved). Empty bins count as 0.0001.
 */
export const psi = (reference: readonly number[], current: readonly number[]): number => {
  const filled = (counts: readonly number[]) =>
    shares(counts).map((share) => (share === 0 ? emptyShare : share))
  return pairwise(filled(reference), filled(current), (p, q) => (q - p) * Math.log(q / p))
}

/** PSI with Evidently 0.7's rule for empty bins: 0.0001, or a millionth of the smallest share when that is not above 0.0001. */
export const psiAsEvidently = (reference: readonly number[], current: readonly number[]): number => {
  const filled = (counts: readonly number[]) => {
    const parts = shares(counts)
    const smallest = Math.min(...parts.filter((share) => share > 0))
    return parts.map((share) => (share > 0 ? share : smallest <= emptyShare ? smallest / 1e6 : emptyShare))
  }
  return pairwise(filled(reference), filled(current), (p, q) => (q - p) * Math.log(q / p))
}

/** The bins Evidently 0.7 takes for numbers: Sturges' edges over both samples, or each value when the reference has at most 20. */
export const binnedAsEvidently = (reference: Tally, current: Tally): [number[], number[]] => {
  const both = mergeTallies([reference, current])
  const edges = reference.values.length > 20 ? sturgesEdges(both).slice(1, -1) : both.values.slice(1)
  return [binCounts(reference, edges), binCounts(current, edges)]
}

/**
 * Jensen–Shannon distance with natural logarithm: the square root of the divergence (Lin 1991; Endres & Schindelin 2003), from 0
 * to √ln 2 ≈ 0.833. `scipy.spatial.distance.jensenshannon` gives the same.
 */
export const jensenShannon = (reference: readonly number[], current: readonly number[]): number => {
  const toMiddle = (part: number, other: number) =>
    part === 0 ? 0 : part * Math.log((2 * part) / (part + other))
  const sum = pairwise(shares(reference), shares(current), (p, q) => toMiddle(p, q) + toMiddle(q, p))
  return Math.sqrt(Math.max(0, sum) / 2)
}

/** Total variation: half the sum of the differences of the shares, the largest difference any set of bins can show. 0 to 1. */
export const totalVariation = (reference: readonly number[], current: readonly number[]): number =>
  pairwise(shares(reference), shares(current), (p, q) => Math.abs(p - q)) / 2
