import { Button } from '@mantine/core'
import { lazy, type ReactNode, Suspense, useState } from 'react'
import { useSay } from '../text/text.tsx'
import { useFormat } from './format.ts'
import css from './chart.module.css'
import type { Drawn, Limit, Series } from './chart-shape.ts'
import { type Column, Table } from './table.tsx'

const Canvas = lazy(() => import('./chart-canvas.tsx'))

type ChartProps = {
  title: string
  /** What stands along the bottom: names of windows, or numbers (training steps). */
  x: readonly string[] | readonly number[]
  xLabel: string
  series: readonly Series[]
  limits?: readonly Limit[]
  aside?: ReactNode
  height?: number
  format?: (value: number | null) => string
}

const useTable = ({ x, xLabel, series, format }: Pick<ChartProps, 'x' | 'xLabel' | 'series' | 'format'>) => {
  const { metric } = useFormat()
  const show = format ?? metric
  const columns: Column<number>[] = [
    { key: 'x', head: xLabel, cell: (index) => x[index] },
    ...series.map((one): Column<number> => ({
      key: one.label,
      head: one.label,
      isFigure: true,
      cell: (index) => show(one.values[index] ?? null),
    })),
  ]
  return { columns, show }
}

/** Lines over time or over steps; what they show can always be read as a table. */
export const Chart = ({ title, x, xLabel, series, limits = [], aside, height = 220, format }: ChartProps) => {
  const say = useSay()
  const [asTable, setAsTable] = useState(false)
  const { columns, show } = useTable({ x, xLabel, series, ...(format ? { format } : {}) })
  const drawn: Drawn = { x, series, limits, height, show }
  return (
    <figure className={css['chart']}>
      <figcaption className={css['head']}>
        <h3 className={css['title']}>{title}</h3>
        <span className={css['aside']}>
          {aside}
          <Button variant="subtle" size="compact-xs" color="gray" onClick={() => setAsTable(!asTable)}>
            {asTable ? say('ui.asChart') : say('ui.asTable')}
          </Button>
        </span>
      </figcaption>
      {asTable ? (
        <Table label={title} columns={columns} rows={x.map((_, index) => index)} keyOf={(index) => index} />
      ) : (
        <>
          <ul className={css['legend']}>
            {series.map((one) => (
              <li key={one.label}>
                <span className={css['swatch']} data-color={one.color} data-dashed={one.isDashed ?? false} />
                {one.label}
              </li>
            ))}
            {limits.map((limit) => (
              <li key={limit.label}>
                <span className={css['swatch']} data-color="limit" />
                {limit.label} {show(limit.value)}
              </li>
            ))}
          </ul>
          <div role="img" aria-label={say('ui.chartOf', { title })} style={{ height }}>
            <Suspense fallback={null}>
              <Canvas {...drawn} />
            </Suspense>
          </div>
        </>
      )}
    </figure>
  )
}
