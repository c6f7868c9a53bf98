import { Link, useParams } from '@tanstack/react-router'
import { requestOf } from '../../../../src/kernel/client.ts'
import type { Static } from '../../../../src/kernel/contract.ts'
import { monitoringRoutes, type WindowView } from '../../../../src/monitoring/contract.ts'
import { useApi } from '../../api.ts'
import { commands } from '../../commands.ts'
import { places } from '../../places.ts'
import { useSay } from '../../text/text.tsx'
import { Act } from '../../ui/act.tsx'
import { CopyAs, curlOf } from '../../ui/copy.tsx'
import { Empty } from '../../ui/empty.tsx'
import { useFormat } from '../../ui/format.ts'
import { LoadedPage } from '../../ui/loaded.tsx'
import { Page, Panel } from '../../ui/page.tsx'
import { Status, Tag } from '../../ui/status.tsx'
import { Table } from '../../ui/table.tsx'
import { Ago } from '../../ui/time.tsx'
import { Alerts } from './alerts.tsx'
import { DriftPanel } from './drift.tsx'
import { QualityPanel } from './quality.tsx'

type Window = Static<typeof WindowView>
type WindowsProps = { project: string; monitor: string; windows: readonly Window[] }

const Windows = ({ project, monitor, windows }: WindowsProps) => {
  const say = useSay()
  const { whole, metric } = useFormat()
  return (
    <Panel title={say('monitoring.windows')} flush>
      <Table
        label={say('monitoring.windows')}
        rows={windows.toReversed()}
        keyOf={({ id }) => id}
        columns={[
          { key: 'id', head: say('monitoring.window'), cell: ({ id }) => id },
          {
            key: 'status',
            head: say('monitoring.status'),
            cell: ({ status, notes }) => <Status of={status} note={notes.join(' ')} />,
          },
          { key: 'rows', head: say('monitoring.rows'), isFigure: true, cell: ({ rows }) => whole(rows) },
          {
            key: 'labelled',
            head: say('monitoring.labelled'),
            isFigure: true,
            isMinor: true,
            cell: ({ labelled }) => whole(labelled),
          },
          {
            key: 'rules',
            head: say('monitoring.rule'),
            isLong: true,
            cell: ({ rules }) =>
              rules.map(({ rule, value, limit, reason }) => (
                <div key={rule} title={reason}>
                  {rule} {metric(value)} · {say('monitoring.limit')} {metric(limit)}
                </div>
              )),
          },
          {
            key: 'drifted',
            head: say('monitoring.drift'),
            isLong: true,
            isMinor: true,
            cell: ({ drifted }) => drifted.join(', '),
          },
          {
            key: 'file',
            head: '',
            isMinor: true,
            cell: ({ id, rowsDigest }) =>
              rowsDigest === null ? null : (
                <a href={requestOf(monitoringRoutes.getWindowRows, { project, monitor, window: id }).path}>
                  {say('monitoring.rowsFile')}
                </a>
              ),
          },
          {
            key: 'at',
            head: say('monitoring.now'),
            isFigure: true,
            cell: ({ evaluatedAt }) => <Ago at={evaluatedAt} />,
          },
        ]}
      />
    </Panel>
  )
}

export const MonitorPage = () => {
  const say = useSay()
  const { project, monitor: name } = useParams({ from: '/projects/$project/monitors/$monitor' })
  const which = { project, monitor: name }
  const asked = useApi(monitoringRoutes.getMonitor, which)
  return (
    <LoadedPage asked={asked}>
      {({ monitor, windows, alerts }) => (
        <Page
          kind={
            <>
              {say('monitoring.monitor')} ·{' '}
              <Link to={places.endpoint(project, monitor.endpoint)}>{monitor.endpoint}</Link>
            </>
          }
          title={name}
          beside={
            <>
              <Status of={monitor.status} />
              {monitor.openAlerts > 0 ? (
                <Tag tone="bad">{say('home.openAlerts', { n: monitor.openAlerts })}</Tag>
              ) : null}
            </>
          }
          lead={monitor.description}
          actions={
            <>
              <Act
                label={say('monitoring.evaluate')}
                icon="again"
                route={monitoringRoutes.evaluateMonitor}
                input={() => which}
              />
              <CopyAs
                curl={() => curlOf(monitoringRoutes.getMonitor, which)}
                cli={commands.monitor(project, name)}
              />
            </>
          }
        >
          {windows.length === 0 ? (
            <Panel flush>
              <Empty title={say('monitoring.noWindows')} command={commands.evaluate(project, name)}>
                {say('monitoring.noWindowsWhy')}
              </Empty>
            </Panel>
          ) : (
            <>
              <QualityPanel monitor={monitor} windows={windows} />
              <DriftPanel project={project} monitor={name} windows={windows} />
              <Panel title={say('monitoring.alerts')} flush>
                <Alerts project={project} alerts={alerts} />
              </Panel>
              <Windows project={project} monitor={name} windows={windows} />
            </>
          )}
        </Page>
      )}
    </LoadedPage>
  )
}
