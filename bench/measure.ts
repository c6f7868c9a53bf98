/** Middle of the sorted values; the mean of the two middle ones when they are even in number. */
export const median = (values: readonly number[]): number => quantile(values, 0.5)

/** Linear between the neighbours; NaN of nothing. */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const place = (sorted.length - 1) * share
  const below = sorted[Math.floor(place)] ?? Number.NaN
  const above = sorted[Math.ceil(place)] ?? Number.NaN
  return below + (above - below) * (place - Math.floor(place))
}

/** One thing that was measured: per side one value a round, NaN where it could not be. */
export type Figure = {
  what: string
  unit: string
  values: Record<string, number[]>
}

export type Measured = { what: string; unit: string; value: number }

type Side<S> = { name: string; side: S }

/**
 * Measures side after side in every round and turns the order round from one to the next, so that what else the machine does meets all alike.
 */
export const inTurns = async <S>(
  sides: readonly Side<S>[],
  rounds: number,
  measure: (side: S, round: number) => Promise<Measured[]>,
): Promise<Figure[]> => {
  const figures = new Map<string, Figure>()
  for (let round = 0; round < rounds; round += 1)
    for (const { name, side } of round % 2 === 0 ? sides : sides.toReversed())
      for (const { what, unit, value } of await measure(side, round)) {
        const figure = figures.get(what) ?? { what, unit, values: {} }
        figures.set(what, figure)
        ;(figure.values[name] ??= []).push(value)
      }
  return [...figures.values()]
}
