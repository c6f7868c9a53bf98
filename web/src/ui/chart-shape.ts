/** What a chart shows; apart from how, so that the drawing is fetched only where it is needed. */
export type Series = {
  label: string
  values: readonly (number | null)[]
  color: 1 | 2 | 3 | 4
  isDashed?: boolean
  isDots?: boolean
}
export type Limit = { label: string; value: number }

export type Drawn = {
  x: readonly string[] | readonly number[]
  series: readonly Series[]
  limits: readonly Limit[]
  height: number
  show: (value: number | null) => string
}
