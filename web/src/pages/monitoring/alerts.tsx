import { Link } from '@tanstack/react-router'
import { type AlertView, monitoringRoutes } from '../../../../src/monitoring/contract.ts'
import type { Static } from '../../../../src/kernel/contract.ts'
import { places } from '../../places.ts'
import { useSay } from '../../text/text.tsx'
import { Act } from '../../ui/act.tsx'
import { Empty } from '../../ui/empty.tsx'
import { useFormat } from '../../ui/format.ts'
import { Quiet } from '../../ui/page.tsx'
import { Status } from '../../ui/status.tsx'
import { Table } from '../../ui/table.tsx'
import { Ago } from '../../ui/time.tsx'

type Alert = Static<typeof AlertView>

const Answer = ({ project, alert }: { project: string; alert: Alert }) => {
  const say = useSay()
  if (alert.acknowledgedBy !== null)
    return (
      <Quiet>
        <span title={alert.note ?? undefined}>
          {say('monitoring.acked', { name: alert.acknowledgedBy.name })}
        </span>
      </Quiet>
    )
  if (alert.status === 'resolved')
    return alert.resolvedWindow === null ? null : (
      <Quiet>{say('monitoring.resolved', { window: alert.resolvedWindow })}</Quiet>
    )
  return (
    <Act
      label={say('monitoring.ack')}
      icon="check"
      route={monitoringRoutes.acknowledgeAlert}
      input={(note) => ({ project, alert: alert.id, ...(note === undefined ? {} : { note }) })}
      ask={say('monitoring.ackAsk')}
      words={say('registry.comment')}
    />
  )
}

/** Alerts, newest first: what was measured, where, and who has seen it. */
export const Alerts = ({ project, alerts }: { project: string; alerts: readonly Alert[] }) => {
  const say = useSay()
  const { metric } = useFormat()
  if (alerts.length === 0) return <Empty title={say('monitoring.noAlerts')} />
  return (
    <Table
      label={say('monitoring.alerts')}
      rows={alerts}
      keyOf={({ id }) => id}
      columns={[
        { key: 'status', head: say('monitoring.status'), cell: ({ status }) => <Status of={status} /> },
        {
          key: 'rule',
          head: say('monitoring.rule'),
          cell: ({ monitor, rule, value, limit, direction }) => (
            <Link to={places.monitor(project, monitor)}>
              {rule}{' '}
              {say('monitoring.past', {
                value: metric(value),
                limit: metric(limit),
                direction: say(direction === 'above' ? 'monitoring.above' : 'monitoring.below'),
              })}
            </Link>
          ),
        },
        {
          key: 'window',
          head: say('monitoring.window'),
          cell: ({ window, lastWindow }) =>
            lastWindow === window.id ? window.id : `${window.id} – ${lastWindow}`,
        },
        {
          key: 'version',
          head: say('monitoring.version'),
          isFigure: true,
          isMinor: true,
          cell: ({ version }) => version ?? '–',
        },
        {
          key: 'drifted',
          head: say('monitoring.drift'),
          isLong: true,
          isMinor: true,
          cell: ({ drifted }) => drifted.join(', '),
        },
        { key: 'answer', head: '', cell: (alert) => <Answer project={project} alert={alert} /> },
        { key: 'at', head: '', isFigure: true, cell: ({ raisedAt }) => <Ago at={raisedAt} /> },
      ]}
    />
  )
}
