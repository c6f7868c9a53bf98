import type { Command } from 'commander'
import { colors } from './colors.ts'
import { registryRoutes, type GateDecision, type ModelVersion } from '../src/registry/contract.ts'
import { trackingRoutes } from '../src/tracking/contract.ts'
import { figure, inProject, short, type Verb, when, whole } from './verb.ts'

const list = async ({ call, out, projectName }: Verb<object>) => {
  const { models } = await call(registryRoutes.listModels, { project: projectName })
  out.result(models, () =>
    out.table(
      models,
      [
        { title: 'MODEL', of: (one) => one.name },
        { title: 'LATEST', of: (one) => one.latestVersion, align: 'right' },
        {
          title: 'ALIASES',
          of: (one) =>
            Object.entries(one.aliases)
              .map(([alias, version]) => `${alias} → ${version}`)
              .join(', '),
        },
        { title: 'WAITING', of: (one) => one.waiting, align: 'right' },
      ],
      'No models yet. A pipeline step that `uses: models/register`, or an MLflow client, makes one.',
    ),
  )
}

const marks = { passed: colors.green('✓'), failed: colors.red('✗'), skipped: colors.dim('-') }

const printGate = (out: Verb<object>['out'], gate: GateDecision) => {
  out.line(gate.passed ? colors.green('The gate passed.') : colors.red('The gate refused.'))
  if (gate.note) out.line(`  ${gate.note}`)
  for (const one of gate.results) out.line(`  ${marks[one.outcome]} ${one.rule}: ${one.why}`)
}

const versions = async ({ call, out, projectName }: Verb<object>, model: string) => {
  const page = await call(registryRoutes.listVersions, { project: projectName, model })
  out.result(page.versions, () =>
    out.table(
      page.versions,
      [
        { title: 'VERSION', of: (one) => one.version, align: 'right' },
        { title: 'MADE', of: (one) => when(one.createdAt) },
        { title: 'BY', of: (one) => one.createdBy.name },
        { title: 'APPROVAL', of: (one) => one.approval.state },
        { title: 'ALIASES', of: (one) => one.aliases.join(', ') },
        { title: 'RUN', of: (one) => one.lineage.pipelineRun },
      ],
      'No versions yet.',
    ),
  )
  const [newest] = page.versions
  if (newest) out.next(`esteira models show ${model} ${newest.version}`, 'The newest:')
}

const printVersion = (out: Verb<object>['out'], one: ModelVersion) => {
  out.facts([
    ['model', `${one.model} version ${one.version}`],
    ['made', `${when(one.createdAt)} by ${one.createdBy.name}`],
    ['aliases', one.aliases.join(', ') || 'none'],
    [
      'approval',
      `${one.approval.state} (${one.approval.decisions.filter((decision) => decision.decision === 'approved').length} of ${one.approval.needed})`,
    ],
    ['files', short(one.files)],
    ['run', one.lineage.pipelineRun],
    ['code', short(one.lineage.code)],
    ['environment', short(one.lineage.environment)],
    ...Object.entries(one.lineage.commits).map(
      ([name, { repository, commit }]) => [`data ${name}`, `${repository} @ ${short(commit)}`] as const,
    ),
    ...Object.entries(one.metrics).map(([name, value]) => [name, figure(value)] as const),
  ])
  out.line()
  printGate(out, one.gate)
}

const show = async (verb: Verb<object>, model: string, version: string) => {
  if (version === '') return versions(verb, model)
  const { call, out, projectName } = verb
  const one = await call(registryRoutes.getVersion, {
    project: projectName,
    model,
    version: whole(version, 'VERSION'),
  })
  out.result(one, () => printVersion(out, one))
  if (one.approval.state === 'pending')
    out.next(`esteira models approve ${model} ${version}`, 'It waits for a second person:')
}

const candidates = async ({ call, out, projectName }: Verb<object>, model: string) => {
  const page = await call(registryRoutes.listCandidates, { project: projectName, model })
  out.result(page.candidates, () => {
    for (const one of page.candidates) {
      out.line(
        `${when(one.at)}  ${one.decision}${one.version === null ? '' : ` as version ${one.version}`}  run ${one.lineage.pipelineRun ?? '–'}`,
      )
      printGate(out, one.gate)
    }
    if (page.candidates.length === 0) out.line('The gate has not decided on anything yet.')
  })
}

const decide =
  (route: typeof registryRoutes.approve | typeof registryRoutes.reject) =>
  async ({ call, out, projectName, options }: Verb<{ comment?: string }>, model: string, version: string) => {
    const one = await call(route, {
      project: projectName,
      model,
      version: whole(version, 'VERSION'),
      ...(options.comment === undefined ? {} : { comment: options.comment }),
    })
    out.result(one, () => out.line(`${model} version ${version} is ${one.approval.state}.`))
    if (one.approval.state === 'approved')
      out.next('esteira endpoints list', 'Endpoints that follow it roll it out:')
  }

const alias = async (
  { call, out, projectName }: Verb<object>,
  ...[model = '', name = '', version = '']: string[]
) => {
  const one = await call(registryRoutes.setAlias, {
    project: projectName,
    model,
    alias: name,
    version: whole(version, 'VERSION'),
  })
  out.result(one, () => out.line(`${name} of ${model} is version ${version}.`))
}

const runs = async ({
  call,
  out,
  projectName,
  options,
}: Verb<{ filter?: string; order?: string; limit: string }>) => {
  const page = await call(trackingRoutes.searchRuns, {
    project: projectName,
    limit: whole(options.limit, '--limit'),
    ...(options.filter === undefined ? {} : { filter: options.filter }),
    ...(options.order === undefined ? {} : { order: options.order }),
  })
  out.result(page.runs, () =>
    out.table(
      page.runs,
      [
        { title: 'RUN', of: (one) => one.id },
        { title: 'NAME', of: (one) => one.name },
        { title: 'STATUS', of: (one) => one.status },
        { title: 'STARTED', of: (one) => when(one.startedAt) },
        {
          title: 'METRICS',
          of: (one) =>
            Object.entries(one.metrics)
              .slice(0, 4)
              .map(
                ([key, metric]) =>
                  `${key} ${typeof metric.value === 'number' ? figure(metric.value) : metric.value}`,
              )
              .join('  '),
        },
      ],
      'No runs yet. Any MLflow client logs here: set MLFLOW_TRACKING_URI to the server’s address.',
    ),
  )
}

const showRun = async ({ call, out, projectName }: Verb<object>, id: string) => {
  const run = await call(trackingRoutes.getRun, { project: projectName, run: id })
  out.result(run, () =>
    out.facts([
      ['run', `${run.name} (${run.id})`],
      ['status', run.status],
      ['started', when(run.startedAt)],
      ['pipeline run', run.pipelineRun],
      ...Object.entries(run.params).map(([key, value]) => [`param ${key}`, value] as const),
      ...Object.entries(run.metrics).map(([key, metric]) => [`metric ${key}`, metric.value] as const),
    ]),
  )
}

export const addModels = (program: Command): void => {
  const tracking = program.command('runs').description('tracked runs: parameters, metrics, artifacts')
  tracking
    .command('list')
    .description('search runs')
    .option('--filter <text>', "for example metrics.auc > 0.7 and params.units = 'imperial'")
    .option('--order <text>', 'for example metrics.auc desc')
    .option('-n, --limit <count>', 'how many', '20')
    .action(inProject(runs))
  tracking.command('show <run>').description('one run').action(inProject(showRun))
  const models = program.command('models').description('models, versions, gates and approvals')
  models.command('list').description('all models').action(inProject(list))
  models.command('versions <model>').description('versions of a model').action(inProject(versions))
  models
    .command('show <model> [version]')
    .description('one version: metrics, gate, lineage, approval; without a version all of them')
    .action(inProject(show))
  models
    .command('candidates <model>')
    .description('what the gate decided, also the refused')
    .action(inProject(candidates))
  models
    .command('approve <model> <version>')
    .description('approve a version; its author may not')
    .option('-c, --comment <text>', 'why')
    .action(inProject(decide(registryRoutes.approve)))
  models
    .command('reject <model> <version>')
    .description('reject a version')
    .option('-c, --comment <text>', 'why')
    .action(inProject(decide(registryRoutes.reject)))
  models
    .command('alias <model> <alias> <version>')
    .description('point an alias at a version')
    .action(inProject(alias))
}
