/** The command line of each thing on a page, in one place: cli/ is its other side. */
const flag = (project: string) => `-p ${project}`

export const commands = {
  up: 'esteira up',
  demo: 'npm run demo',
  init: 'esteira init',
  apply: 'esteira apply',
  status: (project: string) => `esteira status ${flag(project)}`,
  startRun: (project: string, pipeline: string) => `esteira run ${pipeline} ${flag(project)}`,
  pipelines: (project: string) => `esteira pipelines list ${flag(project)}`,
  pipelineRuns: (project: string) => `esteira pipelines runs ${flag(project)}`,
  pipelineRun: (project: string, run: string) => `esteira pipelines show ${run} ${flag(project)}`,
  stepLog: (project: string, run: string, step: string) =>
    `esteira pipelines logs ${run} ${step} ${flag(project)}`,
  reproduce: (project: string, run: string) => `esteira reproduce ${run} ${flag(project)}`,
  runs: (project: string) => `esteira runs list ${flag(project)}`,
  run: (project: string, run: string) => `esteira runs show ${run} ${flag(project)}`,
  models: (project: string) => `esteira models list ${flag(project)}`,
  model: (project: string, model: string) => `esteira models show ${model} ${flag(project)}`,
  version: (project: string, model: string, version: number) =>
    `esteira models show ${model} ${version} ${flag(project)}`,
  approve: (project: string, model: string, version: number) =>
    `esteira models approve ${model} ${version} ${flag(project)}`,
  endpoints: (project: string) => `esteira endpoints list ${flag(project)}`,
  endpoint: (project: string, endpoint: string) => `esteira endpoints show ${endpoint} ${flag(project)}`,
  rollback: (project: string, endpoint: string) => `esteira rollback ${endpoint} ${flag(project)}`,
  monitors: (project: string) => `esteira monitors list ${flag(project)}`,
  monitor: (project: string, monitor: string) => `esteira monitors show ${monitor} ${flag(project)}`,
  prediction: (project: string, prediction: string) =>
    `esteira monitors prediction ${prediction} ${flag(project)}`,
  triggers: (project: string) => `esteira triggers list ${flag(project)}`,
  trigger: (project: string, trigger: string) => `esteira triggers show ${trigger} ${flag(project)}`,
  features: (project: string) => `esteira features list ${flag(project)}`,
  feature: (project: string, view: string) => `esteira features show ${view} ${flag(project)}`,
  repositories: (project: string) => `esteira data list ${flag(project)}`,
  commits: (project: string, repository: string) => `esteira data log ${repository} ${flag(project)}`,
  commitData: (project: string, repository: string) =>
    `esteira data add ${repository} FOLDER ${flag(project)}`,
  commit: (project: string, repository: string, commit: string) =>
    `esteira data show ${repository} ${commit} ${flag(project)}`,
  diff: (project: string, { repository, from, to }: { repository: string; from: string; to: string }) =>
    `esteira data diff ${repository} ${from} ${to} ${flag(project)}`,
  ledger: (project: string) => `esteira audit log ${flag(project)}`,
  verify: 'esteira audit verify',
  maturity: (project: string) => `esteira maturity ${flag(project)}`,
  createToken: 'esteira tokens create ACCOUNT',
} as const
