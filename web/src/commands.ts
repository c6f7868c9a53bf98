const flag = (project: string) => `-p ${project}`

/** The command line of each thing on a page. A test asks the command line itself whether it knows them all. */
export const commands = {
  demo: 'npm run demo',
  init: 'esteira init',
  apply: 'esteira apply',
  verify: 'esteira audit verify',
  createToken: 'esteira tokens create ACCOUNT',
  status: (project: string) => `esteira status ${flag(project)}`,
  startRun: (project: string, pipeline: string) => `esteira run ${pipeline} ${flag(project)}`,
  pipelines: (project: string) => `esteira pipelines list ${flag(project)}`,
  pipelineRun: (project: string, run: string) => `esteira pipelines show ${run} ${flag(project)}`,
  cancelRun: (project: string, run: string) => `esteira pipelines cancel ${run} ${flag(project)}`,
  retryRun: (project: string, run: string) => `esteira pipelines retry ${run} ${flag(project)}`,
  reproduce: (project: string, run: string) => `esteira reproduce ${run} ${flag(project)}`,
  stepLog: (project: string, run: string, step: string) =>
    `esteira pipelines logs ${run} ${step} ${flag(project)}`,
  runs: (project: string) => `esteira runs list ${flag(project)}`,
  run: (project: string, run: string) => `esteira runs show ${run} ${flag(project)}`,
  models: (project: string) => `esteira models list ${flag(project)}`,
  model: (project: string, model: string) => `esteira models versions ${model} ${flag(project)}`,
  version: (project: string, model: string, version: number) =>
    `esteira models show ${model} ${version} ${flag(project)}`,
  approve: (project: string, model: string, version: number) =>
    `esteira models approve ${model} ${version} ${flag(project)}`,
  reject: (project: string, model: string, version: number) =>
    `esteira models reject ${model} ${version} ${flag(project)}`,
  endpoints: (project: string) => `esteira endpoints list ${flag(project)}`,
  endpoint: (project: string, endpoint: string) => `esteira endpoints show ${endpoint} ${flag(project)}`,
  promote: (project: string, endpoint: string) => `esteira endpoints promote ${endpoint} ${flag(project)}`,
  abort: (project: string, endpoint: string) => `esteira endpoints abort ${endpoint} ${flag(project)}`,
  rollback: (project: string, endpoint: string) => `esteira rollback ${endpoint} ${flag(project)}`,
  monitors: (project: string) => `esteira monitors list ${flag(project)}`,
  monitor: (project: string, monitor: string) => `esteira monitors show ${monitor} ${flag(project)}`,
  evaluate: (project: string, monitor: string) => `esteira monitors evaluate ${monitor} ${flag(project)}`,
  prediction: (project: string, prediction: string) =>
    `esteira predictions show ${prediction} ${flag(project)}`,
  triggers: (project: string) => `esteira triggers list ${flag(project)}`,
  trigger: (project: string, trigger: string) => `esteira triggers history ${trigger} ${flag(project)}`,
  fire: (project: string, trigger: string) => `esteira triggers fire ${trigger} ${flag(project)}`,
  features: (project: string) => `esteira features list ${flag(project)}`,
  materialise: (project: string, view: string) => `esteira features materialise ${view} ${flag(project)}`,
  repositories: (project: string) => `esteira data list ${flag(project)}`,
  commits: (project: string, repository: string) => `esteira data log ${repository} ${flag(project)}`,
  commitData: (project: string, repository: string) =>
    `esteira data commit ${repository} FOLDER ${flag(project)}`,
  diff: (project: string, repository: string, [from, to]: readonly [string, string]) =>
    `esteira data diff ${repository} ${from} ${to} ${flag(project)}`,
  ledger: (project: string) => `esteira audit log ${flag(project)}`,
  maturity: (project: string) => `esteira maturity ${flag(project)}`,
} as const
