import { quantileOf, type Tally, total } from './tally.ts'

/** Index of the bin of a value: how many edges are not above it, so a bin holds its lower edge. */
export const binOf = (edges: readonly number[], value: number): number => {
  let low = 0
  let high = edges.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((edges[middle] ?? Infinity) <= value) low = middle + 1
    else high = middle
  }
  return low
}

/** Counts by bin: below the first edge, between two, from the last on; one more than there are edges. */
export const binCounts = ({ values, counts }: Tally, edges: readonly number[]): number[] => {
  const bins = Array.from({ length: edges.length + 1 }, () => 0)
  values.forEach((value, at) => {
    const bin = binOf(edges, value)
    bins[bin] = (bins[bin] ?? 0) + (counts[at] ?? 0)
  })
  return bins
}

/**
 * Inner edges of equally filled bins of a reference, equal edges taken once. The outer bins are open, so every later value has a bin.
 * Where one value fills nearly everything (rain: 0 on most days) all edges fall together and there would be one bin, which never
 * drifts: then that value gets a bin of its own.
 */
export const quantileEdges = (reference: Tally, bins = 10): number[] => {
  const ends = [reference.values[0], reference.values.at(-1)]
  const inner = Array.from({ length: bins - 1 }, (_, at) => quantileOf(reference, (at + 1) / bins))
  const edges = [...new Set(inner)].filter((edge) => edge !== ends[0] && edge !== ends[1])
  if (edges.length > 0 || reference.values.length < 2) return edges
  const usual = inner[Math.floor(inner.length / 2)] ?? 0
  const above = reference.values.find((value) => value > usual)
  const around = [usual, above].filter((edge) => edge !== undefined && edge !== ends[0])
  return [...new Set(around)].filter((edge) => edge !== undefined)
}

/**
 * Edges of equal width over both samples by Sturges' rule, as `numpy.histogram_bin_edges(…, 'sturges')` gives them and Evidently 0.7
 * uses them. They move with the window that is compared, so two windows are not on the same scale: offered for comparison only.
 */
export const sturgesEdges = (both: Tally): number[] => {
  const low = both.values[0] ?? 0
  const high = both.values.at(-1) ?? 0
  const bins = Math.max(1, Math.ceil(Math.log2(total(both.counts)) + 1))
  const width = (high - low) / bins
  return Array.from({ length: bins + 1 }, (_, at) => (at === bins ? high : low + at * width))
}
