import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import { Shell } from './shell/shell.tsx'
import { Broken, Missing } from './shell/lost.tsx'

const root = createRootRoute({ component: Shell, notFoundComponent: Missing, errorComponent: Broken })

/** Search words that a page understands; all are text, all may be absent. */
const words =
  <const Names extends readonly string[]>(...names: Names) =>
  (given: Record<string, unknown>): { [Name in Names[number]]?: string } => {
    const known: Record<string, string> = {}
    for (const name of names) {
      const value = given[name]
      if (typeof value === 'string' || typeof value === 'number') known[name] = String(value)
    }
    return known as { [Name in Names[number]]?: string }
  }

const getParentRoute = () => root
const start = createRoute({
  getParentRoute,
  path: '/',
  component: lazyRouteComponent(() => import('./pages/home/start.tsx'), 'Start'),
})
const home = createRoute({
  getParentRoute,
  path: '/projects/$project',
  component: lazyRouteComponent(() => import('./pages/home/home.tsx'), 'Home'),
})
const pipelines = createRoute({
  getParentRoute,
  path: '/projects/$project/pipelines',
  validateSearch: words('pipeline', 'status'),
  component: lazyRouteComponent(() => import('./pages/pipelines/pipelines.tsx'), 'Pipelines'),
})
const pipeline = createRoute({
  getParentRoute,
  path: '/projects/$project/pipelines/$pipeline',
  component: lazyRouteComponent(() => import('./pages/pipelines/pipeline.tsx'), 'PipelinePage'),
})
const pipelineRun = createRoute({
  getParentRoute,
  path: '/projects/$project/pipeline-runs/$run',
  validateSearch: words('with'),
  component: lazyRouteComponent(() => import('./pages/pipelines/run.tsx'), 'PipelineRun'),
})
const pipelineStep = createRoute({
  getParentRoute,
  path: '/projects/$project/pipeline-runs/$run/steps/$step',
  component: lazyRouteComponent(() => import('./pages/pipelines/run.tsx'), 'PipelineRun'),
})
const maturity = createRoute({
  getParentRoute,
  path: '/projects/$project/maturity',
  component: lazyRouteComponent(() => import('./pages/maturity/maturity.tsx'), 'MaturityPage'),
})
const runs = createRoute({
  getParentRoute,
  path: '/projects/$project/runs',
  validateSearch: words('experiment', 'filter', 'order', 'pipelineRun'),
  component: lazyRouteComponent(() => import('./pages/tracking/runs.tsx'), 'Runs'),
})
const run = createRoute({
  getParentRoute,
  path: '/projects/$project/runs/$run',
  component: lazyRouteComponent(() => import('./pages/tracking/run.tsx'), 'TrackedRun'),
})
const models = createRoute({
  getParentRoute,
  path: '/projects/$project/models',
  component: lazyRouteComponent(() => import('./pages/registry/models.tsx'), 'Models'),
})
const model = createRoute({
  getParentRoute,
  path: '/projects/$project/models/$model',
  validateSearch: words('candidate'),
  component: lazyRouteComponent(() => import('./pages/registry/model.tsx'), 'ModelPage'),
})
const version = createRoute({
  getParentRoute,
  path: '/projects/$project/models/$model/$version',
  component: lazyRouteComponent(() => import('./pages/registry/version.tsx'), 'VersionPage'),
})
const endpoints = createRoute({
  getParentRoute,
  path: '/projects/$project/endpoints',
  component: lazyRouteComponent(() => import('./pages/serving/endpoints.tsx'), 'Endpoints'),
})
const endpoint = createRoute({
  getParentRoute,
  path: '/projects/$project/endpoints/$endpoint',
  component: lazyRouteComponent(() => import('./pages/serving/endpoint.tsx'), 'EndpointPage'),
})
const monitors = createRoute({
  getParentRoute,
  path: '/projects/$project/monitors',
  component: lazyRouteComponent(() => import('./pages/monitoring/monitors.tsx'), 'Monitors'),
})
const monitor = createRoute({
  getParentRoute,
  path: '/projects/$project/monitors/$monitor',
  validateSearch: words('window', 'column'),
  component: lazyRouteComponent(() => import('./pages/monitoring/monitor.tsx'), 'MonitorPage'),
})
const predictions = createRoute({
  getParentRoute,
  path: '/projects/$project/predictions',
  component: lazyRouteComponent(() => import('./pages/monitoring/predictions.tsx'), 'Predictions'),
})
const prediction = createRoute({
  getParentRoute,
  path: '/projects/$project/predictions/$prediction',
  component: lazyRouteComponent(() => import('./pages/monitoring/prediction.tsx'), 'PredictionPage'),
})
const repositories = createRoute({
  getParentRoute,
  path: '/projects/$project/data',
  component: lazyRouteComponent(() => import('./pages/data/repositories.tsx'), 'Repositories'),
})
const repository = createRoute({
  getParentRoute,
  path: '/projects/$project/data/$repository',
  validateSearch: words('ref', 'path'),
  component: lazyRouteComponent(() => import('./pages/data/repository.tsx'), 'RepositoryPage'),
})
const commit = createRoute({
  getParentRoute,
  path: '/projects/$project/data/$repository/commits/$ref',
  component: lazyRouteComponent(() => import('./pages/data/commit.tsx'), 'CommitPage'),
})
const triggers = createRoute({
  getParentRoute,
  path: '/projects/$project/triggers',
  component: lazyRouteComponent(() => import('./pages/triggers/triggers.tsx'), 'Triggers'),
})
const trigger = createRoute({
  getParentRoute,
  path: '/projects/$project/triggers/$trigger',
  component: lazyRouteComponent(() => import('./pages/triggers/trigger.tsx'), 'TriggerPage'),
})
const features = createRoute({
  getParentRoute,
  path: '/projects/$project/features',
  component: lazyRouteComponent(() => import('./pages/features/features.tsx'), 'Features'),
})
const feature = createRoute({
  getParentRoute,
  path: '/projects/$project/features/$view',
  component: lazyRouteComponent(() => import('./pages/features/feature.tsx'), 'FeaturePage'),
})
const ledger = createRoute({
  getParentRoute,
  path: '/projects/$project/ledger',
  validateSearch: words('type', 'subject', 'seq'),
  component: lazyRouteComponent(() => import('./pages/ledger/ledger.tsx'), 'LedgerPage'),
})

const routeTree = root.addChildren([
  start,
  home,
  pipelines,
  pipeline,
  pipelineRun,
  pipelineStep,
  runs,
  run,
  models,
  model,
  version,
  endpoints,
  endpoint,
  monitors,
  monitor,
  predictions,
  prediction,
  repositories,
  repository,
  commit,
  triggers,
  trigger,
  features,
  feature,
  ledger,
  maturity,
])

/** Search words stand in the address as they are: `?step=train`, not as JSON. */
const parseSearch = (text: string) => Object.fromEntries(new URLSearchParams(text))
const stringifySearch = (search: Record<string, unknown>) => {
  const given = Object.entries(search).filter(([, value]) => value !== undefined && value !== '')
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()
  return text === '' ? '' : `?${text}`
}

export const router = createRouter({
  routeTree,
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
