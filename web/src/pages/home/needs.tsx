import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { kernelRoutes } from '../../../../src/kernel/routes.contract.ts'
import { monitoringRoutes } from '../../../../src/monitoring/routes.contract.ts'
import { pipelineRoutes } from '../../../../src/pipelines/contract.ts'
import { registryRoutes } from '../../../../src/registry/contract.ts'
import { useApi } from '../../api.ts'
import { places } from '../../places.ts'
import { useSay } from '../../text/text.tsx'
import { Empty } from '../../ui/empty.tsx'
import { EventLine } from '../../ui/event.tsx'
import { useFormat } from '../../ui/format.ts'
import { Icon, type IconName } from '../../ui/icon.tsx'
import { Panel } from '../../ui/page.tsx'
import type { Tone } from '../../ui/status.tsx'
import { Ago } from '../../ui/time.tsx'
import css from './home.module.css'

const Need = ({
  icon,
  tone,
  at,
  children,
}: {
  icon: IconName
  tone: Tone
  at: number
  children: ReactNode
}) => (
  <li className={css['need']} data-tone={tone}>
    <Icon name={icon} size={15} />
    <span className={css['what']}>{children}</span>
    <Ago at={at} />
  </li>
)

const Waiting = ({ project, model }: { project: string; model: string }) => {
  const say = useSay()
  const { data } = useApi(registryRoutes.listVersions, { project, model, limit: 20 })
  return data?.versions
    .filter(({ approval }) => approval.state === 'pending')
    .map(({ version, createdAt, approval }) => (
      <Need key={version} icon="wait" tone="warn" at={approval.requestedAt ?? createdAt}>
        <Link to={places.version(project, model, version)}>{say('home.approve', { model, version })}</Link>
      </Need>
    ))
}

const useNeeds = (project: string) => {
  const { data: models } = useApi(registryRoutes.listModels, { project })
  const { data: alerts } = useApi(monitoringRoutes.listAlerts, { project, status: 'open', limit: 10 })
  const { data: pipelines } = useApi(pipelineRoutes.listPipelines, { project })
  return {
    waiting: models?.models.filter((model) => model.waiting > 0) ?? [],
    alerts: alerts?.alerts ?? [],
    failed: (pipelines?.pipelines ?? []).flatMap(({ lastRun }) =>
      lastRun?.status === 'failed' ? [lastRun] : [],
    ),
  }
}

/** What went another way than somebody hoped, though nothing has to be done: the machine acted by itself. */
const Turned = ({ project }: { project: string }) => {
  const say = useSay()
  const { data } = useApi(kernelRoutes.listEvents, {
    project,
    type: ['model.version.refused', 'rollout.rolled_back'],
    newestFirst: true,
    limit: 5,
  })
  if (!data || data.events.length === 0) return null
  return (
    <>
      <h3 className={css['subhead']}>{say('home.turned')}</h3>
      <ul>
        {data.events.map((event) => (
          <Need
            key={event.seq}
            icon={event.type.startsWith('rollout') ? 'back' : 'cross'}
            tone="idle"
            at={event.at}
          >
            <EventLine event={event} />
          </Need>
        ))}
      </ul>
    </>
  )
}

export const Needs = ({ project }: { project: string }) => {
  const say = useSay()
  const { metric } = useFormat()
  const { waiting, alerts, failed } = useNeeds(project)
  const isQuiet = waiting.length + alerts.length + failed.length === 0
  return (
    <Panel title={say('home.needs')} flush>
      {isQuiet ? <Empty title={say('home.quiet')}>{say('home.quietWhy')}</Empty> : null}
      <ul>
        {waiting.map(({ name }) => (
          <Waiting key={name} project={project} model={name} />
        ))}
        {alerts.map((alert) => (
          <Need key={alert.id} icon="warn" tone="bad" at={alert.raisedAt}>
            <Link to={places.monitor(project, alert.monitor)}>
              {say('home.alert', {
                monitor: alert.monitor,
                rule: alert.rule,
                value: metric(alert.lastValue),
                limit: metric(alert.limit),
                window: alert.lastWindow,
              })}
            </Link>
          </Need>
        ))}
        {failed.map((run) => (
          <Need key={run.id} icon="cross" tone="bad" at={run.finishedAt ?? run.createdAt}>
            <Link to={places.pipelineRun(project, run.id)}>
              {say('home.failed', { pipeline: run.pipeline })}
            </Link>
          </Need>
        ))}
      </ul>
      <Turned project={project} />
    </Panel>
  )
}
