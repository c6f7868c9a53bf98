import type { Static } from '../../../../src/kernel/contract.ts'
import type { MonitorView, WindowView } from '../../../../src/monitoring/contract.ts'
import { useSay } from '../../text/text.tsx'
import { Chart } from '../../ui/chart.tsx'
import type { Limit, Series } from '../../ui/chart-shape.ts'
import { Panel } from '../../ui/page.tsx'
import css from './monitoring.module.css'

type Window = Static<typeof WindowView>
type Monitor = Static<typeof MonitorView>

const liveOf = (window: Window) => window.quality.find((one) => one.role === 'live' && one.version === null)

/** What the version that stays in shadow answered: unseen, or seen while it was the live one itself. */
const staidOf = (window: Window, version: number | undefined) =>
  window.quality.find((one) => one.role === 'any' && one.version === version)

const shadowVersion = (windows: readonly Window[]): number | undefined =>
  windows.flatMap(({ quality }) => quality).find(({ role, version }) => role === 'shadow' && version !== null)
    ?.version ?? undefined

const limitsOf = (monitor: Monitor, metric: string, name: string): Limit[] => {
  const rules = monitor.definition.alert as Record<string, { min?: number; max?: number }> | undefined
  const { min, max } = rules?.[metric] ?? {}
  return [max, min].filter((value) => value !== undefined).map((value) => ({ label: name, value }))
}

const watched = (monitor: Monitor): string[] => {
  const quality = monitor.definition.quality ?? ['auc', 'log_loss', 'calibration_gap']
  const alerting = Object.keys(monitor.definition.alert ?? {}).filter(
    (name) => !quality.includes(name as never),
  )
  return [...quality, ...alerting]
}

/** Live quality beside that of the model that was never retrained: what the loop is for, in pictures. */
export const QualityPanel = ({ monitor, windows }: { monitor: Monitor; windows: readonly Window[] }) => {
  const say = useSay()
  const shadow = shadowVersion(windows)
  const metrics = watched(monitor).filter((metric) =>
    windows.some((window) => typeof liveOf(window)?.metrics[metric] === 'number'),
  )
  if (metrics.length === 0) return null
  return (
    <Panel
      title={say('monitoring.quality')}
      note={
        shadow === undefined || shadow === null
          ? undefined
          : say('monitoring.qualityNote', { version: shadow })
      }
    >
      <div className={css['charts']}>
        {metrics.map((metric) => {
          const live = windows.map((window) => liveOf(window)?.metrics[metric] ?? null)
          const staid = windows.map((window) => staidOf(window, shadow)?.metrics[metric] ?? null)
          const series: Series[] = [{ label: say('monitoring.live'), color: 1, values: live }]
          if (staid.some((value) => value !== null))
            series.push({ label: say('monitoring.shadow'), color: 2, isDashed: true, values: staid })
          return (
            <Chart
              key={metric}
              title={metric}
              x={windows.map(({ id }) => id)}
              xLabel={say('monitoring.window')}
              series={series}
              limits={limitsOf(monitor, metric, say('monitoring.limit'))}
              height={200}
            />
          )
        })}
      </div>
    </Panel>
  )
}
