import type { Command } from 'commander'
import { colors } from './colors.ts'
import { pipelineRoutes, type Run } from '../src/pipelines/contract.ts'
import { AppError } from '../src/kernel/errors.ts'
import { adviseOn, marks, printRun, stepTime } from './run-view.ts'
import { inProject, lasted, pairs, short, type Verb, when, whole } from './verb.ts'

const list = async ({ call, out, projectName }: Verb<object>) => {
  const { pipelines } = await call(pipelineRoutes.listPipelines, { project: projectName })
  out.result(pipelines, () =>
    out.table(
      pipelines,
      [
        { title: 'PIPELINE', of: (one) => one.name },
        { title: 'STEPS', of: (one) => one.steps.length, align: 'right' },
        { title: 'LAST RUN', of: (one) => one.lastRun?.id },
        { title: 'STATUS', of: (one) => one.lastRun?.status },
        { title: 'STARTED', of: (one) => when(one.lastRun?.createdAt) },
      ],
      'No pipelines. Declare one in esteira.yaml, then `esteira apply`.',
    ),
  )
  const [first] = pipelines
  if (first) out.next(`esteira run ${first.name}`)
}

const runs = async ({ call, out, projectName, options }: Verb<{ pipeline?: string; limit: string }>) => {
  const page = await call(pipelineRoutes.listRuns, {
    project: projectName,
    limit: whole(options.limit, '--limit'),
    ...(options.pipeline === undefined ? {} : { pipeline: options.pipeline }),
  })
  out.result(page.runs, () =>
    out.table(
      page.runs,
      [
        { title: 'RUN', of: (one) => one.id },
        { title: 'PIPELINE', of: (one) => one.pipeline },
        { title: 'STATUS', of: (one) => one.status },
        { title: 'STEPS', of: (one) => `${one.steps.succeeded + one.steps.cached}/${one.steps.total}` },
        { title: 'STARTED', of: (one) => when(one.createdAt) },
        {
          title: 'TOOK',
          of: (one) => lasted(one.finishedAt === null ? null : one.finishedAt - one.createdAt),
        },
        { title: 'BY', of: (one) => one.startedBy.name },
      ],
      'No runs yet. `esteira run PIPELINE` starts one.',
    ),
  )
  const [newest] = page.runs
  if (newest) out.next(`esteira pipelines show ${newest.id}`, 'The newest:')
}

const isOver = (run: Run) => run.status !== 'running' && run.status !== 'cancelling'

/** Waits for a run to end; tells each step as it begins and ends. */
const follow = async (
  { call, out, projectName }: Pick<Verb<object>, 'call' | 'out' | 'projectName'>,
  id: string,
): Promise<Run> => {
  const told = new Map<string, string>()
  for (;;) {
    const run = await call(pipelineRoutes.getRun, { project: projectName, run: id })
    for (const step of run.plan) {
      if (told.get(step.name) === step.status) continue
      told.set(step.name, step.status)
      if (!out.json && step.status !== 'waiting' && step.status !== 'starting')
        out.line(`${marks[step.status]} ${step.name} ${step.status} ${lasted(stepTime(step))}`)
    }
    if (isOver(run)) return run
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
}

const finish = (verb: Verb<object>, run: Run) => {
  verb.out.result(run, () => {
    verb.out.line()
    printRun(verb, run)
  })
  adviseOn(verb.out, run)
  if (run.status !== 'succeeded') process.exitCode = 1
}

/** `flights=@branch`, `champion=3` or `champion=@alias`: another ref, version or alias for an input. */
const inputsOf = (given: readonly string[] = []) =>
  Object.fromEntries(
    given.map((one) => {
      const [name = '', value = ''] = one.split('=')
      if (value === '')
        throw new AppError('invalid', `--input ${one} says no value.`, {
          hint: 'For example --input flights=@branch or --input champion=3.',
        })
      if (value.startsWith('@')) return [name, { ref: value.slice(1) }]
      return [name, /^\d+$/.test(value) ? { version: Number(value) } : { ref: value }]
    }),
  )

type RunOptions = { parameter?: string[]; input?: string[]; cache: boolean; label?: string; wait: boolean }

const start = async (verb: Verb<RunOptions>, pipeline: string) => {
  const { call, out, projectName, options } = verb
  const run = await call(pipelineRoutes.startRun, {
    project: projectName,
    pipeline,
    parameters: pairs(options.parameter),
    inputs: inputsOf(options.input),
    cache: options.cache,
    ...(options.label === undefined ? {} : { label: options.label }),
  })
  if (!options.wait) {
    out.result(run, () => out.line(`Run ${run.id} of ${pipeline} has started.`))
    out.next(`esteira pipelines show ${run.id}`)
    return
  }
  if (!out.json) out.line(`Run ${run.id} of ${pipeline}`)
  finish(verb, await follow(verb, run.id))
}

const show = async (verb: Verb<object>, id: string) => {
  const run = await verb.call(pipelineRoutes.getRun, { project: verb.projectName, run: id })
  verb.out.result(run, () => printRun(verb, run))
  adviseOn(verb.out, run)
}

const logs = async (
  { call, projectName, options }: Verb<{ attempt?: string; follow?: boolean }>,
  run: string,
  step: string,
) => {
  for (let offset = 0; ;) {
    const part = await call(pipelineRoutes.readLog, {
      project: projectName,
      run,
      step,
      offset,
      waitMs: options.follow ? 20_000 : 0,
      ...(options.attempt === undefined ? {} : { attempt: whole(options.attempt, '--attempt') }),
    })
    process.stdout.write(part.text)
    if (part.complete || (!options.follow && part.nextOffset === offset)) return
    offset = part.nextOffset
  }
}

const reproduce = async (verb: Verb<object>, id: string) => {
  const { call, out, projectName } = verb
  const again = await call(pipelineRoutes.reproduceRun, { project: projectName, run: id })
  if (!out.json)
    out.line(`Run ${again.id} repeats ${id}: same code, environments, inputs and parameters, no cache.`)
  const ended = await follow(verb, again.id)
  const comparison = await call(pipelineRoutes.compareRuns, { project: projectName, run: again.id, with: id })
  out.result(comparison, () => {
    out.line()
    out.table(
      comparison.steps.flatMap((step) => step.outputs.map((output) => ({ step: step.step, ...output }))),
      [
        { title: 'STEP', of: (row) => row.step },
        { title: 'OUTPUT', of: (row) => row.output },
        { title: 'THEN', of: (row) => short(row.there) },
        { title: 'NOW', of: (row) => short(row.here) },
        { title: '', of: (row) => (row.equal ? colors.green('equal') : colors.red('different')) },
      ],
      'No outputs to compare.',
    )
    out.line(
      comparison.equal
        ? `\n${colors.green('Reproduced:')} every output has the digest it had.`
        : `\n${colors.red('Not reproduced:')} see what differs above.`,
    )
  })
  if (ended.status !== 'succeeded' || !comparison.equal) process.exitCode = 1
}

const why = async (
  { call, out, projectName, options }: Verb<{ with?: string }>,
  run: string,
  step: string,
) => {
  const answer = await call(pipelineRoutes.explainStep, {
    project: projectName,
    run,
    step,
    ...(options.with === undefined ? {} : { with: options.with }),
  })
  out.result(answer, () => {
    out.line(answer.explanation)
    for (const one of answer.differences)
      out.line(`  ${one.path}: ${JSON.stringify(one.there)} → ${JSON.stringify(one.here)}`)
  })
}

const act =
  (route: typeof pipelineRoutes.cancelRun | typeof pipelineRoutes.retryRun, said: string) =>
  async (verb: Verb<object>, id: string) => {
    const run = await verb.call(route, { project: verb.projectName, run: id })
    verb.out.result(run, () => verb.out.line(`Run ${id} ${said}.`))
    verb.out.next(`esteira pipelines show ${id}`)
  }

export const addPipelines = (program: Command): void => {
  program
    .command('run <pipeline>')
    .description('start a run of a pipeline and wait for its end')
    .option('--parameter <name=value...>', 'set parameters')
    .option('--input <name=@ref...>', 'take another branch, commit, version or alias')
    .option('--no-cache', 'run every step')
    .option('--label <text>', 'a name for the run')
    .option('--no-wait', 'do not wait for the end')
    .action(inProject(start))
  program
    .command('reproduce <run>')
    .description('run it again from the same inputs, code and environments, and compare digests')
    .action(inProject(reproduce))
  const pipelines = program.command('pipelines').description('pipelines, their runs and logs')
  pipelines.command('list').description('pipelines with their last runs').action(inProject(list))
  pipelines
    .command('runs')
    .description('runs, newest first')
    .option('--pipeline <name>', 'only of this one')
    .option('-n, --limit <count>', 'how many', '20')
    .action(inProject(runs))
  pipelines.command('show <run>').description('one run, step by step').action(inProject(show))
  pipelines
    .command('logs <run> <step>')
    .description('a step’s log')
    .option('-f, --follow', 'go on while it runs')
    .option('--attempt <number>', 'of this attempt')
    .action(inProject(logs))
  pipelines
    .command('why <run> <step>')
    .description('why a step ran or was taken from the cache')
    .option('--with <run>', 'compared with this run')
    .action(inProject(why))
  pipelines
    .command('cancel <run>')
    .description('stop a run')
    .action(inProject(act(pipelineRoutes.cancelRun, 'is being stopped')))
  pipelines
    .command('retry <run>')
    .description('run what failed again')
    .action(inProject(act(pipelineRoutes.retryRun, 'goes on')))
}
