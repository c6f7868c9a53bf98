import { useNavigate, useSearch } from '@tanstack/react-router'
import type { Static } from '../../../../src/kernel/contract.ts'
import type { ColumnDrift, WindowView } from '../../../../src/monitoring/contract.ts'
import { places } from '../../places.ts'
import { useSay } from '../../text/text.tsx'
import { useFormat } from '../../ui/format.ts'
import { Panel } from '../../ui/page.tsx'
import { Distribution } from './distribution.tsx'
import css from './monitoring.module.css'

type Window = Static<typeof WindowView>
type Drift = Static<typeof ColumnDrift>

/** From pale to full at twice the limit; past the limit in another colour and in bold, so that colour is not alone. */
const shade = (drift: Drift): string => {
  if (drift.value === null) return 'transparent'
  const share = Math.min(1, Math.abs(drift.value) / (drift.limit * 2 || 1))
  return drift.drifted
    ? `rgb(var(--heat-over) / ${(0.16 + share * 0.34).toFixed(2)})`
    : `rgb(var(--heat) / ${(share * 0.5).toFixed(2)})`
}

type CellProps = { drift: Drift | undefined; window: string; isChosen: boolean; choose: () => void }

const Cell = ({ drift, window, isChosen, choose }: CellProps) => {
  const say = useSay()
  const { figure } = useFormat()
  if (!drift) return <td className={css['cell']} />
  // Three decimals are enough to compare columns, and keep the cells of one width.
  const shown = figure(drift.value === null ? null : Math.round(drift.value * 1000) / 1000)
  const told = { column: drift.column, window, value: shown, limit: figure(drift.limit) }
  return (
    <td className={css['cell']} style={{ background: shade(drift) }}>
      <button
        type="button"
        className={css['value']}
        data-drifted={drift.drifted}
        aria-pressed={isChosen}
        aria-label={say('monitoring.driftCell', told)}
        title={drift.reason ?? say('monitoring.driftCell', told)}
        onClick={choose}
      >
        {shown}
      </button>
    </td>
  )
}

/** Drift of every column in every window: a table that can be read as a picture. */
export const DriftPanel = ({
  project,
  monitor,
  windows,
}: {
  project: string
  monitor: string
  windows: readonly Window[]
}) => {
  const say = useSay()
  const navigate = useNavigate()
  const chosen = useSearch({ from: '/projects/$project/monitors/$monitor' })
  const columns = [...new Set(windows.flatMap(({ drift }) => drift.map(({ column }) => column)))]
  const first = windows.flatMap(({ drift }) => drift)[0]
  const { figure } = useFormat()
  if (columns.length === 0 || !first) return null
  const driftOf = (window: Window, column: string) => window.drift.find((one) => one.column === column)
  const shownWindow = windows.find(({ id }) => id === chosen.window)
  const shown = shownWindow && chosen.column !== undefined ? driftOf(shownWindow, chosen.column) : undefined
  return (
    <Panel
      title={say('monitoring.drift')}
      note={say('monitoring.driftNote', { method: first.method, limit: figure(first.limit) })}
      flush
    >
      {/* Scrolls sideways when there are many windows; the keyboard must reach it. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={css['scroll']} role="region" aria-label={say('monitoring.drift')} tabIndex={0}>
        <table className={css['heat']}>
          <thead>
            <tr>
              <th scope="col">{say('monitoring.column')}</th>
              {windows.map(({ id }) => (
                <th key={id} scope="col">
                  {id}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {columns.map((column) => (
              <tr key={column}>
                <th scope="row">{column}</th>
                {windows.map((window) => (
                  <Cell
                    key={window.id}
                    drift={driftOf(window, column)}
                    window={window.id}
                    isChosen={chosen.window === window.id && chosen.column === column}
                    choose={() =>
                      void navigate({
                        to: places.monitor(project, monitor),
                        search: { window: window.id, column } as never,
                        replace: true,
                        resetScroll: false,
                      })
                    }
                  />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {shown && shownWindow ? <Distribution drift={shown} window={shownWindow.id} /> : null}
    </Panel>
  )
}
