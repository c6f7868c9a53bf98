import { Link } from '@tanstack/react-router'
import { monitoringRoutes } from '../../../../src/monitoring/routes.contract.ts'
import type { MonitorView, WindowView } from '../../../../src/monitoring/contract.ts'
import { servingRoutes } from '../../../../src/serving/contract.ts'
import type { EndpointSummary } from '../../../../src/serving/contract.ts'
import { useApi } from '../../api.ts'
import { commands } from '../../commands.ts'
import { places } from '../../places.ts'
import { useSay } from '../../text/text.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Figure, Figures } from '../../ui/facts.tsx'
import { useFormat } from '../../ui/format.ts'
import { Loaded } from '../../ui/loaded.tsx'
import { Spark, Split } from '../../ui/meter.tsx'
import { Panel, Stack } from '../../ui/page.tsx'
import { Status, Tag } from '../../ui/status.tsx'
import css from './home.module.css'

/** Which figure of quality is told here: the one that can raise an alert, else the first that is watched. */
const ruleOf = (monitor: MonitorView): string =>
  Object.keys(monitor.definition.alert ?? {})[0] ?? monitor.definition.quality?.[0] ?? 'auc'

const liveMetric = (window: WindowView, metric: string): number | null =>
  window.quality.find(({ role, version }) => role === 'live' && version === null)?.metrics[metric] ?? null

const Quality = ({ project, monitor }: { project: string; monitor: MonitorView }) => {
  const say = useSay()
  const { metric } = useFormat()
  const { data } = useApi(monitoringRoutes.getMonitor, { project, monitor: monitor.name, limit: 12 })
  const rule = ruleOf(monitor)
  const known = data?.windows.filter((window) => liveMetric(window, rule) !== null) ?? []
  const last = known.at(-1)
  const limit = monitor.definition.alert?.[rule as keyof NonNullable<typeof monitor.definition.alert>]
  const bound = limit?.max ?? limit?.min
  return (
    <Figure
      label={last ? say('home.metricIn', { metric: rule, window: last.id }) : rule}
      value={
        <Link to={places.monitor(project, monitor.name)} className={css['plain']}>
          {metric(last ? liveMetric(last, rule) : null)}
          <Spark
            values={known.map((window) => liveMetric(window, rule))}
            label={say('home.trend', { metric: rule })}
          />
        </Link>
      }
      note={bound === undefined ? null : say('home.limit', { limit: metric(bound) })}
    />
  )
}

const Card = ({
  project,
  endpoint,
  monitor,
}: {
  project: string
  endpoint: EndpointSummary
  monitor: MonitorView | undefined
}) => {
  const say = useSay()
  const format = useFormat()
  const { traffic, rollout, version } = endpoint
  return (
    <Panel>
      <div className={css['endpointHead']}>
        <Link to={places.endpoint(project, endpoint.name)} className={css['endpointName']}>
          {endpoint.name}
        </Link>
        <Status of={endpoint.health} note={endpoint.reason ?? undefined} />
        {version === null ? null : (
          <Link to={places.version(project, endpoint.model, version)}>{say('home.live', { version })}</Link>
        )}
        {monitor && monitor.openAlerts > 0 ? (
          <Link to={places.monitor(project, monitor.name)}>
            <Tag tone="bad">{say('home.openAlerts', { n: monitor.openAlerts })}</Tag>
          </Link>
        ) : null}
      </div>
      {endpoint.reason === null ? null : <p className={css['reason']}>{endpoint.reason}</p>}
      <Figures>
        <Figure label={say('traffic.perSecond')} value={format.rate(traffic.predictionsPerSecond)} />
        <Figure label={say('traffic.p95')} value={format.duration(traffic.latencyP95Ms)} />
        <Figure label={say('traffic.errors')} value={format.share(traffic.errorRate)} />
        {monitor ? <Quality project={project} monitor={monitor} /> : null}
      </Figures>
      {rollout === null ? null : (
        <Link to={places.endpoint(project, endpoint.name)} className={css['rollout']}>
          <Split
            label={say('home.split')}
            parts={[
              {
                key: 'live',
                label: version === null ? '–' : `v${version}`,
                share: 100 - rollout.weight,
                tone: 'live',
              },
              { key: 'next', label: `v${rollout.version}`, share: rollout.weight, tone: 'next' },
            ]}
          />
        </Link>
      )}
    </Panel>
  )
}

export const EndpointCards = ({ project }: { project: string }) => {
  const say = useSay()
  const asked = useApi(servingRoutes.listEndpoints, { project }, { everyMs: 5000 })
  const { data: monitors } = useApi(monitoringRoutes.listMonitors, { project })
  return (
    <Stack>
      <Loaded asked={asked}>
        {({ endpoints }) =>
          endpoints.length === 0 ? (
            <Panel title={say('nav.endpoints')} flush>
              <Empty title={say('endpoints.none')} command={commands.apply}>
                {say('endpoints.noneWhy')}
              </Empty>
            </Panel>
          ) : (
            endpoints.map((endpoint) => (
              <Card
                key={endpoint.name}
                project={project}
                endpoint={endpoint}
                monitor={monitors?.monitors.find((one) => one.endpoint === endpoint.name)}
              />
            ))
          )
        }
      </Loaded>
    </Stack>
  )
}
