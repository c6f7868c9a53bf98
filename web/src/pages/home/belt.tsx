import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { dataRoutes } from '../../../../src/data/contract.ts'
import { monitoringRoutes } from '../../../../src/monitoring/routes.contract.ts'
import { pipelineRoutes } from '../../../../src/pipelines/contract.ts'
import { registryRoutes } from '../../../../src/registry/contract.ts'
import { servingRoutes } from '../../../../src/serving/contract.ts'
import { triggersRoutes } from '../../../../src/triggers/contract.ts'
import { useApi } from '../../api.ts'
import { places } from '../../places.ts'
import { type Key, useSay } from '../../text/text.tsx'
import { Icon, type IconName } from '../../ui/icon.tsx'
import { Status, toneOf } from '../../ui/status.tsx'
import { Ago } from '../../ui/time.tsx'
import css from './belt.module.css'

type Station = {
  name: Key
  icon: IconName
  href: string
  main: ReactNode
  note: ReactNode
  state?: string | undefined
}

const newest = <T,>(items: readonly T[] | undefined, at: (item: T) => number): T | undefined =>
  items?.reduce<T | undefined>(
    (best, item) => (best === undefined || at(item) > at(best) ? item : best),
    undefined,
  )

const useDataStation = (project: string): Station => {
  const say = useSay()
  const { data } = useApi(dataRoutes.listRepositories, { project })
  const heads = data?.repositories.flatMap(({ name, branches }) => branches.map(({ at }) => ({ name, at })))
  const last = newest(heads, ({ at }) => at)
  return {
    name: 'nav.data',
    icon: 'data',
    href: places.repositories(project),
    main: last?.name ?? say('home.nothing'),
    note: last ? <Ago at={last.at} /> : null,
  }
}

const useRunStation = (project: string): Station => {
  const say = useSay()
  const { data } = useApi(pipelineRoutes.listRuns, { project, limit: 1 })
  const last = data?.runs[0]
  return {
    name: 'nav.pipelines',
    icon: 'pipelines',
    href: last ? places.pipelineRun(project, last.id) : places.pipelines(project),
    main: last?.pipeline ?? say('home.nothing'),
    note: last ? <Ago at={last.finishedAt ?? last.createdAt} /> : null,
    state: last?.status,
  }
}

const useModelStation = (project: string): Station => {
  const say = useSay()
  const { data } = useApi(registryRoutes.listModels, { project })
  const last = newest(data?.models, ({ updatedAt }) => updatedAt)
  const champion = last?.aliases['champion']
  return {
    name: 'nav.models',
    icon: 'models',
    href: last ? places.model(project, last.name) : places.models(project),
    main: last?.name ?? say('home.nothing'),
    note:
      champion === undefined
        ? last?.latestVersion
          ? say('home.latest', { version: last.latestVersion })
          : null
        : say('home.champion', { version: champion }),
    state: last?.waiting ? 'pending' : undefined,
  }
}

const useEndpointStation = (project: string): Station => {
  const say = useSay()
  const { data } = useApi(servingRoutes.listEndpoints, { project })
  const first = data?.endpoints.find(({ rollout }) => rollout !== null) ?? data?.endpoints[0]
  const { rollout } = first ?? { rollout: null }
  return {
    name: 'nav.endpoints',
    icon: 'endpoints',
    href: first ? places.endpoint(project, first.name) : places.endpoints(project),
    main: first?.name ?? say('home.nothing'),
    note: rollout
      ? say('home.canary', { version: rollout.version, weight: rollout.weight })
      : first?.version
        ? say('home.live', { version: first.version })
        : null,
    state: rollout ? rollout.status : first?.health,
  }
}

const useMonitorStation = (project: string): Station => {
  const say = useSay()
  const { data } = useApi(monitoringRoutes.listMonitors, { project })
  const first = data?.monitors.find(({ openAlerts }) => openAlerts > 0) ?? data?.monitors[0]
  return {
    name: 'nav.monitors',
    icon: 'monitors',
    href: first ? places.monitor(project, first.name) : places.monitors(project),
    main: first?.name ?? say('home.nothing'),
    note: first?.lastWindow ?? null,
    state: first?.status,
  }
}

const useTriggerStation = (project: string): Station => {
  const say = useSay()
  const { data } = useApi(triggersRoutes.listTriggers, { project })
  const last = newest(data?.triggers, ({ lastFiring }) => lastFiring?.at ?? 0)
  return {
    name: 'nav.triggers',
    icon: 'triggers',
    href: last ? places.trigger(project, last.name) : places.triggers(project),
    main: last?.name ?? say('home.nothing'),
    note: last?.lastFiring ? <Ago at={last.lastFiring.at} /> : null,
    state: last?.lastFiring?.decision,
  }
}

/** The loop as a belt: what was last on each station, from data to the trigger that starts it anew. */
export const Belt = ({ project }: { project: string }) => {
  const say = useSay()
  const stations = [
    useDataStation(project),
    useRunStation(project),
    useModelStation(project),
    useEndpointStation(project),
    useMonitorStation(project),
    useTriggerStation(project),
  ]
  return (
    <nav aria-label={say('home.loop')}>
      <ol className={css['belt']}>
        {stations.map(({ name, icon, href, main, note, state }) => (
          <li key={name} className={css['station']} data-tone={state === undefined ? 'idle' : toneOf(state)}>
            <Link to={href} className={css['link']}>
              <span className={css['name']}>
                <Icon name={icon} size={14} />
                {say(name)}
              </span>
              <span className={css['main']} data-nothing={main === say('home.nothing')}>
                {main}
              </span>
              <span className={css['note']}>
                {state === undefined ? null : <Status of={state} />}
                {note}
              </span>
            </Link>
          </li>
        ))}
      </ol>
    </nav>
  )
}
