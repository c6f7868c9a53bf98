import { Link, useParams } from '@tanstack/react-router'
import type { Static } from '../../../../src/kernel/contract.ts'
import { monitoringRoutes, type MonitorView } from '../../../../src/monitoring/contract.ts'
import { useApi } from '../../api.ts'
import { commands } from '../../commands.ts'
import { places } from '../../places.ts'
import { useSay } from '../../text/text.tsx'
import { CopyAs, curlOf } from '../../ui/copy.tsx'
import { Empty } from '../../ui/empty.tsx'
import { useFormat } from '../../ui/format.ts'
import { Loaded } from '../../ui/loaded.tsx'
import { Page, Panel, Stack } from '../../ui/page.tsx'
import { Status, Tag } from '../../ui/status.tsx'
import { Table } from '../../ui/table.tsx'
import { Alerts } from './alerts.tsx'

const MonitorTable = ({
  project,
  monitors,
}: {
  project: string
  monitors: readonly Static<typeof MonitorView>[]
}) => {
  const say = useSay()
  const { whole } = useFormat()
  return (
    <Table
      label={say('monitoring.monitors')}
      rows={monitors}
      keyOf={({ name }) => name}
      columns={[
        {
          key: 'name',
          head: say('monitoring.monitor'),
          cell: ({ name }) => <Link to={places.monitor(project, name)}>{name}</Link>,
        },
        {
          key: 'endpoint',
          head: say('monitoring.endpoint'),
          isMinor: true,
          cell: ({ endpoint }) => <Link to={places.endpoint(project, endpoint)}>{endpoint}</Link>,
        },
        {
          key: 'status',
          head: say('monitoring.lastWindow'),
          cell: ({ status, lastWindow, openAlerts }) => (
            <>
              {lastWindow} <Status of={status} />{' '}
              {openAlerts > 0 ? <Tag tone="bad">{say('home.openAlerts', { n: openAlerts })}</Tag> : null}
            </>
          ),
        },
        {
          key: 'windows',
          head: say('monitoring.windows'),
          isFigure: true,
          cell: ({ windows }) => whole(windows),
        },
        {
          key: 'rows',
          head: say('monitoring.captured'),
          isFigure: true,
          cell: ({ captures }) => whole(captures.rows),
        },
        {
          key: 'labels',
          head: say('monitoring.labelled'),
          isFigure: true,
          isMinor: true,
          cell: ({ labels }) => whole(labels.received),
        },
      ]}
    />
  )
}

export const Monitors = () => {
  const say = useSay()
  const { project } = useParams({ from: '/projects/$project/monitors' })
  const asked = useApi(monitoringRoutes.listMonitors, { project })
  const alerts = useApi(monitoringRoutes.listAlerts, { project, limit: 50 })
  return (
    <Page
      title={say('monitoring.monitors')}
      actions={
        <CopyAs
          curl={() => curlOf(monitoringRoutes.listMonitors, { project })}
          cli={commands.monitors(project)}
        />
      }
    >
      <Stack>
        <Panel flush>
          <Loaded asked={asked}>
            {({ monitors }) =>
              monitors.length === 0 ? (
                <Empty title={say('monitoring.none')} command={commands.apply}>
                  {say('monitoring.noneWhy')}
                </Empty>
              ) : (
                <MonitorTable project={project} monitors={monitors} />
              )
            }
          </Loaded>
        </Panel>
        <Panel title={say('monitoring.alerts')} flush>
          <Loaded asked={alerts}>{({ alerts }) => <Alerts project={project} alerts={alerts} />}</Loaded>
        </Panel>
      </Stack>
    </Page>
  )
}
