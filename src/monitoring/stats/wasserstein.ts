import { aligned } from './tests.ts'
import { stdOf, type Tally, total } from './tally.ts'

/** Wasserstein-1 (earth mover's) distance: the area between the two cumulative distributions (Vallender 1974). In the column's unit. */
export const wasserstein = (left: Tally, right: Tally): number => {
  const both = aligned(left, right)
  const [leftTotal, rightTotal] = [total(both.left), total(both.right)]
  let [seenLeft, seenRight, area] = [0, 0, 0]
  for (let at = 0; at + 1 < both.values.length; at += 1) {
    seenLeft += both.left[at] ?? 0
    seenRight += both.right[at] ?? 0
    const width = (both.values[at + 1] ?? 0) - (both.values[at] ?? 0)
    area += Math.abs(seenLeft / leftTotal - seenRight / rightTotal) * width
  }
  return area
}

/** The same in standard deviations of the reference (population), the form Evidently 0.7 calls «Wasserstein distance (normed)». */
export const normalisedWasserstein = (reference: Tally, current: Tally): number =>
  wasserstein(reference, current) / Math.max(stdOf(reference), Number.MIN_VALUE)
