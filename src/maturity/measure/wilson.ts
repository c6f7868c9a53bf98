import type { Interval } from '../schemas.ts'

/** z of a two-sided 95 % interval. */
const z = 1.959_963_984_540_054

/** Wilson’s score interval of a share (J. Am. Stat. Assoc. 22, 1927): honest for small n, never outside 0 to 1. */
export const wilson = (n: number, of: number): Interval | null => {
  if (of === 0) return null
  const p = n / of
  const scale = 1 + z ** 2 / of
  const middle = (p + z ** 2 / (2 * of)) / scale
  const half = (z * Math.sqrt((p * (1 - p)) / of + z ** 2 / (4 * of ** 2))) / scale
  return {
    low: n === 0 ? 0 : Math.max(0, middle - half),
    high: n === of ? 1 : Math.min(1, middle + half),
  }
}
