import type { Selectable } from 'kysely'
import type { Db, Tx } from '../kernel/db/tables.ts'
import { AppError } from '../kernel/errors.ts'
import type { RunStatus, SourcedArtifact, StepStatus } from './contract.ts'
import { leaseMs, type MachinePlan, type RunState, type StepState } from './machine/state.ts'
import type { Json, Plan } from './plan/plan.ts'
import type { Starter } from './ports.ts'
import { at, type RunRow, type StepRow } from './tables.ts'

/** What is fixed when a run starts. */
export type RunRecord = {
  id: string
  project: string
  pipeline: string
  pipelineVersion: number
  label: string | null
  plan: Plan
  parameters: Record<string, Json>
  inputs: Record<string, SourcedArtifact>
  code: string | null
  environments: Record<string, { lock: string; python: string | null }>
  useCache: boolean
  reproduces: string | null
  startedBy: Starter
  createdAt: number
}

export type StoredRun = {
  record: RunRecord
  revision: number
  state: RunState
  trackingRun: string | null
  finishedAt: number | null
}

export type RunHead = Omit<StoredRun, 'state' | 'revision'> & { status: RunStatus }

export const machinePlanOf = (plan: Plan): MachinePlan => ({ steps: plan.tasks })

const recordOf = (row: RunRow): RunRecord => ({
  id: row.id,
  project: row.project,
  pipeline: row.pipeline,
  pipelineVersion: row.pipelineVersion,
  label: row.label,
  plan: JSON.parse(row.plan) as Plan,
  parameters: JSON.parse(row.parameters) as RunRecord['parameters'],
  inputs: JSON.parse(row.inputs) as RunRecord['inputs'],
  code: row.code,
  environments: JSON.parse(row.environments) as RunRecord['environments'],
  useCache: row.useCache === 1,
  reproduces: row.reproduces,
  startedBy: { kind: row.startedByKind as Starter['kind'], id: row.startedById, name: row.startedByName },
  createdAt: row.createdAt,
})

const toRow = (
  record: RunRecord,
  state: RunState,
): Omit<RunRow, 'trackingRun' | 'isClosed' | 'revision' | 'finishedAt'> => ({
  id: record.id,
  project: record.project,
  pipeline: record.pipeline,
  pipelineVersion: record.pipelineVersion,
  label: record.label,
  status: state.status,
  machineAt: state.at,
  machineToken: state.token,
  plan: JSON.stringify(record.plan),
  parameters: JSON.stringify(record.parameters),
  inputs: JSON.stringify(record.inputs),
  code: record.code,
  environments: JSON.stringify(record.environments),
  useCache: record.useCache ? 1 : 0,
  reproduces: record.reproduces,
  startedByKind: record.startedBy.kind,
  startedById: record.startedBy.id,
  startedByName: record.startedBy.name,
  createdAt: record.createdAt,
})

/** Leases and unanswered orders are of one server's life: the next begins with fresh ones. */
const stepState = (row: StepRow, now: number): StepState => ({
  name: row.name,
  status: row.status as StepStatus,
  attempt: row.attempt,
  token: row.token,
  failures: row.failures,
  losses: row.losses,
  askedAt: null,
  leaseUntil: row.status === 'running' || row.stopping !== null ? now + leaseMs : null,
  deadline: row.deadline,
  dueAt: row.dueAt,
  stopping: row.stopping as StepState['stopping'],
  startedAt: row.startedAt,
  finishedAt: row.finishedAt,
  outputs: JSON.parse(row.outputs) as StepState['outputs'],
  cachedFrom: row.cachedFrom,
  error: row.error === null ? null : (JSON.parse(row.error) as StepState['error']),
})

/** What of a step is worth a write: the rest is renewed all the time. */
export const durableOf = (step: StepState) => ({
  status: step.status,
  attempt: step.attempt,
  token: step.token,
  failures: step.failures,
  losses: step.losses,
  deadline: step.deadline,
  dueAt: step.dueAt,
  stopping: step.stopping,
  startedAt: step.startedAt,
  finishedAt: step.finishedAt,
  outputs: JSON.stringify(step.outputs),
  cachedFrom: step.cachedFrom,
  error: step.error === null ? null : JSON.stringify(step.error),
})

export const insertRun = async (tx: Tx, record: RunRecord, state: RunState): Promise<void> => {
  const row = { ...toRow(record, state), revision: 1, trackingRun: null, isClosed: 0, finishedAt: null }
  await at(tx).insertInto('pipelineRun').values(row).execute()
  for (const [position, { name }] of record.plan.tasks.entries()) {
    const step = state.steps[name]
    if (!step) continue
    const values = { run: record.id, name, position, ...durableOf(step), cacheKey: null, cacheParts: null }
    await at(tx).insertInto('pipelineStep').values(values).execute()
  }
}

/** Stores the next state of a run, unless another server stored one since: then it throws `conflict` and nothing is changed. */
export const updateState = async (
  tx: Tx,
  run: {
    id: string
    revision: number
    changed: readonly StepState[]
    state: RunState
    finishedAt: number | null
  },
): Promise<void> => {
  const { numUpdatedRows } = await at(tx)
    .updateTable('pipelineRun')
    .set({
      status: run.state.status,
      machineAt: run.state.at,
      machineToken: run.state.token,
      revision: run.revision + 1,
      finishedAt: run.finishedAt,
      isClosed: 0,
    })
    .where('id', '=', run.id)
    .where('revision', '=', run.revision)
    .executeTakeFirst()
  if (numUpdatedRows === 0n) throw new AppError('conflict', `Another server went on with run ${run.id}.`)
  for (const step of run.changed)
    await at(tx)
      .updateTable('pipelineStep')
      .set(durableOf(step))
      .where('run', '=', run.id)
      .where('name', '=', step.name)
      .execute()
}

const headOf = (row: Selectable<RunRow>): RunHead => ({
  record: recordOf(row),
  status: row.status as RunStatus,
  trackingRun: row.trackingRun,
  finishedAt: row.finishedAt,
})

export const findStepRows = (db: Db, runs: readonly string[]): Promise<StepRow[]> =>
  runs.length === 0
    ? Promise.resolve([])
    : at(db)
        .selectFrom('pipelineStep')
        .selectAll()
        .where('run', 'in', [...runs])
        .orderBy('run')
        .orderBy('position')
        .execute()

export const loadRun = async (db: Db, id: string, now: number): Promise<StoredRun | undefined> => {
  const row = await at(db).selectFrom('pipelineRun').selectAll().where('id', '=', id).executeTakeFirst()
  if (!row) return undefined
  const steps = (await findStepRows(db, [id])).map((step): [string, StepState] => [
    step.name,
    stepState(step, now),
  ])
  const { status, trackingRun, finishedAt } = headOf(row)
  return {
    record: recordOf(row),
    revision: row.revision,
    trackingRun,
    finishedAt,
    state: { status, at: row.machineAt, token: row.machineToken, steps: Object.fromEntries(steps) },
  }
}

export const openRuns = async (db: Db): Promise<string[]> =>
  (
    await at(db)
      .selectFrom('pipelineRun')
      .select('id')
      .where('status', 'in', ['running', 'cancelling'])
      .execute()
  ).map(({ id }) => id)

export const findHead = async (db: Db, id: string): Promise<RunHead | undefined> => {
  const row = await at(db).selectFrom('pipelineRun').selectAll().where('id', '=', id).executeTakeFirst()
  return row && headOf(row)
}

export type RunFilter = {
  project: string
  pipeline?: string | undefined
  status?: string | undefined
  after?: string | undefined
  limit: number
}

/** Newest first: ids grow with time. */
export const findHeads = async (
  db: Db,
  { project, pipeline, status, after, limit }: RunFilter,
): Promise<RunHead[]> => {
  let select = at(db).selectFrom('pipelineRun').selectAll().where('project', '=', project)
  if (pipeline !== undefined) select = select.where('pipeline', '=', pipeline)
  if (status !== undefined) select = select.where('status', '=', status)
  if (after !== undefined) select = select.where('id', '<', after)
  return (await select.orderBy('id', 'desc').limit(limit).execute()).map(headOf)
}

export const setTrackingRun = (tx: Tx, id: string, trackingRun: string) =>
  at(tx).updateTable('pipelineRun').set({ trackingRun }).where('id', '=', id).execute()

/** Ended runs whose ending others have not been told of yet. */
export const unclosedRuns = async (db: Db): Promise<RunHead[]> =>
  (
    await at(db)
      .selectFrom('pipelineRun')
      .selectAll()
      .where('isClosed', '=', 0)
      .where('status', 'in', ['succeeded', 'failed', 'cancelled'])
      .limit(100)
      .execute()
  ).map(headOf)

export const markClosed = async (tx: Tx, id: string): Promise<boolean> => {
  const { numUpdatedRows } = await at(tx)
    .updateTable('pipelineRun')
    .set({ isClosed: 1 })
    .where('id', '=', id)
    .where('status', 'in', ['succeeded', 'failed', 'cancelled'])
    .executeTakeFirst()
  return numUpdatedRows > 0n
}
