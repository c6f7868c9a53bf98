import { type Figure, median } from './measure.ts'

/** Three digits that matter: more would claim more than a shared machine can measure. */
const shown = (value: number): string => {
  if (Number.isNaN(value)) return 'not known'
  if (value >= 100) return Math.round(value).toLocaleString('en-US')
  return value.toPrecision(value >= 1 ? 3 : 2)
}

/** Median, and least to greatest of all rounds. */
const cell = (values: readonly number[] | undefined): string => {
  if (values === undefined || values.length === 0) return '–'
  const middle = shown(median(values))
  return values.length === 1 || middle === 'not known'
    ? middle
    : `${middle} (${shown(Math.min(...values))}–${shown(Math.max(...values))})`
}

/** A Markdown table, padded so that it reads well in a terminal too. */
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const widths = head.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, column) => (column === 0 ? (cells[column] ?? '').padEnd(width) : (cells[column] ?? '').padStart(width))).join(' | ')} |`
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`
  return [line(head), rule, ...rows.map(line)].join('\n')
}

export const figuresTable = (figures: readonly Figure[], sides: readonly string[]): string =>
  table(
    ['', ...sides],
    figures.map(({ what, unit, values }) => [
      `${what} (${unit})`,
      ...sides.map((side) => cell(values[side])),
    ]),
  )
