const part = encodeURIComponent

const inProject = (project: string) => `/projects/${part(project)}`

/** Addresses of all pages. The rooms know them too: lineage and notifications link here. */
export const places = {
  home: (project: string) => inProject(project),
  repositories: (project: string) => `${inProject(project)}/data`,
  repository: (project: string, repository: string) => `${inProject(project)}/data/${part(repository)}`,
  commit: (project: string, repository: string, commit: string) =>
    `${inProject(project)}/data/${part(repository)}/commits/${part(commit)}`,
  features: (project: string) => `${inProject(project)}/features`,
  feature: (project: string, view: string) => `${inProject(project)}/features/${part(view)}`,
  pipelines: (project: string) => `${inProject(project)}/pipelines`,
  pipeline: (project: string, pipeline: string) => `${inProject(project)}/pipelines/${part(pipeline)}`,
  pipelineRun: (project: string, run: string) => `${inProject(project)}/pipeline-runs/${part(run)}`,
  step: (project: string, run: string, step: string) =>
    `${inProject(project)}/pipeline-runs/${part(run)}/steps/${part(step)}`,
  runs: (project: string) => `${inProject(project)}/runs`,
  run: (project: string, run: string) => `${inProject(project)}/runs/${part(run)}`,
  models: (project: string) => `${inProject(project)}/models`,
  model: (project: string, model: string) => `${inProject(project)}/models/${part(model)}`,
  version: (project: string, model: string, version: number | string) =>
    `${inProject(project)}/models/${part(model)}/${version}`,
  endpoints: (project: string) => `${inProject(project)}/endpoints`,
  endpoint: (project: string, endpoint: string) => `${inProject(project)}/endpoints/${part(endpoint)}`,
  monitors: (project: string) => `${inProject(project)}/monitors`,
  monitor: (project: string, monitor: string) => `${inProject(project)}/monitors/${part(monitor)}`,
  predictions: (project: string) => `${inProject(project)}/predictions`,
  prediction: (project: string, prediction: string) =>
    `${inProject(project)}/predictions/${part(prediction)}`,
  triggers: (project: string) => `${inProject(project)}/triggers`,
  trigger: (project: string, trigger: string) => `${inProject(project)}/triggers/${part(trigger)}`,
  ledger: (project: string) => `${inProject(project)}/ledger`,
  maturity: (project: string) => `${inProject(project)}/maturity`,
} as const

const pageOf: Record<string, (project: string, name: string) => string> = {
  endpoint: places.endpoint,
  feature: places.feature,
  'feature-view': places.feature,
  featureView: places.feature,
  model: places.model,
  monitor: places.monitor,
  pipeline: places.pipeline,
  'pipeline-run': places.pipelineRun,
  repository: places.repository,
  run: places.run,
  trigger: places.trigger,
}

/** The page of what an event is about: `model/late-arrival/3`, `pipeline-run/run_…`; undefined where there is none. */
export const placeOf = (project: string, subject: string): string | undefined => {
  const [kind = '', name = '', rest] = subject.split('/')
  if (name === '') return undefined
  if (kind === 'model' && rest !== undefined && /^\d+$/.test(rest)) return places.version(project, name, rest)
  return pageOf[kind]?.(project, name)
}
