import type { ReactNode } from 'react'
import css from './table.module.css'

export type Column<Row> = {
  key: string
  head: ReactNode
  cell: (row: Row) => ReactNode
  /** Figures stand to the right, so that their digits line up. */
  isFigure?: boolean
  /** Left out where the page is narrow. */
  isMinor?: boolean
  /** May be long: breaks instead of pushing the others out. */
  isLong?: boolean
}

type TableProps<Row> = {
  label: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  keyOf: (row: Row) => string | number
  isChosen?: (row: Row) => boolean
}

const kindOf = <Row,>({ isFigure, isMinor, isLong }: Column<Row>) =>
  [isFigure && css['figure'], isMinor && css['minor'], isLong && css['long']].filter(Boolean).join(' ')

/** Rows of records. Wider than the page, it scrolls by itself. */
export const Table = <Row,>({ label, columns, rows, keyOf, isChosen }: TableProps<Row>) => (
  // The region scrolls sideways on narrow screens, and must be reachable by keyboard for it.
  // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
  <div className={css['scroll']} role="region" aria-label={label} tabIndex={0}>
    <table className={css['table']}>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.key} scope="col" className={kindOf(column)}>
              {column.head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)} data-chosen={isChosen?.(row) ?? false}>
            {columns.map((column) => (
              <td key={column.key} className={kindOf(column)}>
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </div>
)
