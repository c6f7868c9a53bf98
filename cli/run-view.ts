import { colors } from './colors.ts'
import type { Run, RunStep } from '../src/pipelines/contract.ts'
import { lasted, short, type Verb, when } from './verb.ts'

export const marks: Record<RunStep['status'], string> = {
  waiting: colors.dim('·'),
  starting: colors.cyan('…'),
  running: colors.cyan('▶'),
  backoff: colors.yellow('↻'),
  succeeded: colors.green('✓'),
  cached: colors.green('≡'),
  failed: colors.red('✗'),
  skipped: colors.dim('-'),
  cancelled: colors.yellow('■'),
}

export const stepTime = (step: RunStep) =>
  step.startedAt === null || step.finishedAt === null ? null : step.finishedAt - step.startedAt

/** Where an input came from, in words; digests inside are shortened. */
const sourceOf = (source: unknown): string =>
  Object.entries(source as Record<string, unknown>)
    .map(([key, value]) => `${key} ${key === 'commit' ? short(String(value)) : String(value)}`)
    .join(', ')

export const printRun = ({ out }: Pick<Verb<object>, 'out'>, run: Run) => {
  out.facts([
    ['run', run.id],
    ['pipeline', `${run.pipeline} (version ${run.pipelineVersion})`],
    ['status', run.status],
    ['started', `${when(run.createdAt)} by ${run.startedBy.name}`],
    ['took', lasted(run.finishedAt === null ? null : run.finishedAt - run.createdAt)],
    ['code', short(run.code?.tree)],
    ...Object.entries(run.inputs).map(
      ([name, input]) => [`input ${name}`, `${short(input.digest)} ${sourceOf(input.source)}`] as const,
    ),
  ])
  out.line()
  for (const step of run.plan) {
    out.line(
      `${marks[step.status]} ${step.name.padEnd(16)} ${step.status.padEnd(10)} ${lasted(stepTime(step)).padStart(9)}  ${Object.entries(
        step.outputs,
      )
        .map(([name, output]) => `${name} ${short(output.digest)}`)
        .join('  ')}`,
    )
    if (step.error)
      out.line(
        `    ${colors.red(step.error.message)}${step.error.hint ? `\n    ${colors.cyan(step.error.hint)}` : ''}`,
      )
  }
}

/** What most people want after looking at a run. */
export const adviseOn = (out: Verb<object>['out'], run: Run) => {
  const failed = run.plan.find((step) => step.status === 'failed')
  const busy = run.plan.find((step) => step.status === 'running')
  if (failed) out.next(`esteira pipelines logs ${run.id} ${failed.name}`, 'What it wrote:')
  else if (busy) out.next(`esteira pipelines logs ${run.id} ${busy.name} --follow`, 'What it writes:')
  else if (run.status === 'succeeded') out.next(`esteira reproduce ${run.id}`, 'Again, with equal digests:')
}
