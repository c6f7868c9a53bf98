import type { Attempt, RunStatus, Run, RunStep, RunSummary, StepError, StepStatus } from './contract.ts'
import type { StepState } from './machine/state.ts'
import { fillString } from './plan/expression.ts'
import type { Task } from './plan/plan.ts'
import type { RunHead, RunRecord } from './run.store.ts'
import type { AttemptRow, StepRow } from './tables.ts'
import { inputsOf, parametersOf } from './task-inputs.ts'

const openStatuses = ['waiting', 'starting', 'running', 'backoff']

export const summaryOf = (head: RunHead, steps: readonly Pick<StepRow, 'status'>[]): RunSummary => {
  const { record } = head
  const count = (...statuses: string[]) => steps.filter(({ status }) => statuses.includes(status)).length
  return {
    id: record.id,
    project: record.project,
    pipeline: record.pipeline,
    pipelineVersion: record.pipelineVersion,
    label: record.label,
    status: head.status,
    createdAt: record.createdAt,
    finishedAt: head.finishedAt,
    startedBy: { kind: record.startedBy.kind, id: record.startedBy.id, name: record.startedBy.name },
    reproduces: record.reproduces,
    trackingRun: head.trackingRun,
    steps: {
      total: steps.length,
      succeeded: count('succeeded'),
      cached: count('cached'),
      failed: count('failed'),
      open: count(...openStatuses),
    },
  }
}

const attemptOf = (row: AttemptRow): Attempt => ({
  attempt: row.attempt,
  id: row.id,
  status: row.status as Attempt['status'],
  startedAt: row.startedAt,
  finishedAt: row.finishedAt,
  wallMs: row.wallMs,
  cpuMs: row.cpuMs,
  peakMemoryBytes: row.peakMemoryBytes,
  exitCode: row.exitCode,
  signal: row.signal,
  error: row.error === null ? null : (JSON.parse(row.error) as StepError),
})

export const commandOf = ({ component }: Task): string[] | null =>
  component.kind === 'command' ? component.argv : null
export const usesOf = ({ component }: Task): string | null =>
  component.kind === 'builtin' ? component.uses : null

export const outputsIn = (row: StepRow): StepState['outputs'] =>
  JSON.parse(row.outputs) as StepState['outputs']

type Outputs = Record<string, { outputs: StepState['outputs'] }>
type Shown = {
  record: RunRecord
  task: Task
  row: StepRow
  outputs: Outputs
  attempts: readonly AttemptRow[]
}

const stepOf = ({ record, task, row, outputs, attempts }: Shown): RunStep => ({
  name: task.name,
  status: row.status as StepStatus,
  needs: task.needs,
  uses: usesOf(task),
  command: commandOf(task)?.map((word) => fillString(word, record.parameters)) ?? null,
  environment: task.component.environment,
  attempts: attempts.map(attemptOf),
  // Of the process itself; the machine hears of it a moment later.
  startedAt: attempts[0]?.startedAt ?? row.startedAt,
  finishedAt: row.finishedAt,
  inputs: inputsOf(record, task, outputs),
  parameters: parametersOf(record, task),
  outputs: outputs[task.name]?.outputs ?? {},
  cache: { key: row.cacheKey, hit: row.status === 'cached', from: row.cachedFrom },
  error: row.error === null ? null : (JSON.parse(row.error) as StepError),
})

const sum = (values: readonly (number | null)[]): number =>
  values.reduce<number>((total, value) => total + (value ?? 0), 0)

export const runOf = (head: RunHead, rows: readonly StepRow[], attempts: readonly AttemptRow[]): Run => {
  const { record } = head
  const byName = new Map(rows.map((row) => [row.name, row]))
  const outputs = Object.fromEntries(rows.map((row) => [row.name, { outputs: outputsIn(row) }]))
  const tried = Map.groupBy(attempts, ({ step }) => step)
  return {
    ...summaryOf(head, rows),
    parameters: record.parameters,
    inputs: record.inputs,
    code: record.code === null ? null : { tree: record.code },
    environments: Object.fromEntries(
      Object.entries(record.environments).map(([name, { lock }]) => [name, { lock }]),
    ),
    useCache: record.useCache,
    cost: {
      wallMs: sum(attempts.map(({ wallMs }) => wallMs)),
      cpuMs: sum(attempts.map(({ cpuMs }) => cpuMs)),
    },
    plan: record.plan.tasks.flatMap((task) => {
      const row = byName.get(task.name)
      return row ? [stepOf({ record, task, row, outputs, attempts: tried.get(task.name) ?? [] })] : []
    }),
  }
}

export const isFinal = (status: RunStatus): boolean => status !== 'running' && status !== 'cancelling'
