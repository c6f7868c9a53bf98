import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import css from './chart.module.css'
import type { Drawn, Limit } from './chart-shape.ts'

const ink = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

/** A dashed line across the whole plot at each limit. */
const limitLines = (limits: readonly Limit[]): uPlot.Plugin => ({
  hooks: {
    draw: (plot) => {
      const { ctx, bbox } = plot
      ctx.save()
      ctx.strokeStyle = ink('--bad')
      ctx.lineWidth = devicePixelRatio
      ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio])
      for (const { value } of limits) {
        const y = Math.round(plot.valToPos(value, 'y', true))
        ctx.beginPath()
        ctx.moveTo(bbox.left, y)
        ctx.lineTo(bbox.left + bbox.width, y)
        ctx.stroke()
      }
      ctx.restore()
    },
  },
})

/** What the pointer is over, in words; built of text nodes, so that no name can become markup. */
const tip = ({ x, series, show }: Drawn): uPlot.Plugin => {
  const box = document.createElement('div')
  box.className = css['tip'] ?? ''
  box.hidden = true
  return {
    hooks: {
      init: (plot) => plot.over.append(box),
      setCursor: (plot) => {
        const index = plot.cursor.idx
        box.hidden =
          index === null || index === undefined || plot.cursor.left === undefined || plot.cursor.left < 0
        if (box.hidden || index === null || index === undefined) return
        const lines = [
          String(x[index]),
          ...series
            .filter((one) => (one.values[index] ?? null) !== null)
            .map((one) => `${one.label}: ${show(one.values[index] ?? null)}`),
        ]
        box.replaceChildren(
          ...lines.map((line) => {
            const row = document.createElement('div')
            row.textContent = line
            return row
          }),
        )
        const left = plot.cursor.left ?? 0
        const isRight = left > plot.over.clientWidth / 2
        box.style.left = isRight ? '' : `${left + 12}px`
        box.style.right = isRight ? `${plot.over.clientWidth - left + 12}px` : ''
        box.style.top = '6px'
      },
    },
  }
}

const rangeOf = ({ series, limits }: Drawn): [number, number] => {
  const values = [...series.flatMap((one) => one.values), ...limits.map((limit) => limit.value)].filter(
    (value): value is number => typeof value === 'number' && Number.isFinite(value),
  )
  if (values.length === 0) return [0, 1]
  const low = Math.min(...values)
  const high = Math.max(...values)
  const room = (high - low || Math.abs(high) || 1) * 0.12
  return [low >= 0 && low < room ? 0 : low - room, high + room]
}

const optionsOf = (drawn: Drawn, width: number): uPlot.Options => {
  const { x, series, limits, height, show } = drawn
  const isNamed = typeof x[0] === 'string'
  const axis = {
    stroke: ink('--ink-3'),
    font: "11.5px 'IBM Plex Sans Variable', system-ui, sans-serif",
    grid: { stroke: ink('--line'), width: 1 },
    ticks: { show: false },
  }
  const named = {
    splits: () => x.map((_, index) => index),
    values: (_: uPlot, at: number[]) => at.map((i) => String(x[i] ?? '')),
  }
  const every = Math.max(1, Math.ceil((x.length * 62) / Math.max(width - 70, 1)))
  return {
    width,
    height,
    legend: { show: false },
    cursor: { y: false, points: { size: 7 } },
    scales: {
      x: { time: false, ...(x.length === 1 ? { range: [-1, 1] as [number, number] } : {}) },
      y: { range: rangeOf(drawn) },
    },
    axes: [
      {
        ...axis,
        size: 30,
        grid: { show: false },
        ...(isNamed
          ? { ...named, filter: (_: uPlot, at: number[]) => at.map((i) => (i % every === 0 ? i : null)) }
          : {}),
      },
      { ...axis, size: 58, values: (_, at) => at.map((value) => show(value)) },
    ],
    series: [
      {},
      ...series.map((one) => ({
        label: one.label,
        stroke: ink(`--series-${one.color}`),
        width: 2,
        spanGaps: true,
        ...(one.isDashed ? { dash: [6, 4] } : {}),
        points: { show: one.isDots ?? one.values.length <= 60, size: 6, fill: ink('--surface') },
      })),
    ],
    plugins: [limitLines(limits), tip(drawn)],
  }
}

/** Draws with uPlot; drawn again when the place changes its width or the page its colours. */
const Canvas = (drawn: Drawn) => {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const into = place.current
    if (!into) return undefined
    let plot: uPlot | undefined
    const draw = () => {
      plot?.destroy()
      const at = typeof drawn.x[0] === 'string' ? drawn.x.map((_, index) => index) : [...drawn.x].map(Number)
      plot = new uPlot(
        optionsOf(drawn, into.clientWidth),
        [at, ...drawn.series.map((one) => [...one.values])] as uPlot.AlignedData,
        into,
      )
    }
    draw()
    const sized = new ResizeObserver(() => plot?.setSize({ width: into.clientWidth, height: drawn.height }))
    sized.observe(into)
    const coloured = new MutationObserver(draw)
    coloured.observe(document.documentElement, { attributeFilter: ['data-mantine-color-scheme'] })
    return () => {
      sized.disconnect()
      coloured.disconnect()
      plot?.destroy()
    }
  })
  return <div ref={place} />
}

// React.lazy takes default exports only.
// oxlint-disable-next-line import/no-default-export
export default Canvas
