import { fromStored } from './metric.ts'
import type { RunIo } from './io.store.ts'
import type { RunData } from './run.store.ts'
import type { Run, RunStatus, RunSummary } from './schemas.ts'
import type { RunRow } from './tables.ts'

/** A run in one of these has ended. */
export const isFinal = (status: RunStatus): boolean =>
  status === 'finished' || status === 'failed' || status === 'killed'

const record = <T>(rows: readonly { key: string }[], value: (row: never) => T): Record<string, T> =>
  Object.fromEntries(
    rows.toSorted((a, b) => (a.key < b.key ? -1 : 1)).map((row) => [row.key, value(row as never)]),
  )

export const toSummary = (row: RunRow, data: RunData | undefined): RunSummary => ({
  id: row.id,
  experiment: row.experiment,
  name: row.name,
  status: row.status,
  lifecycle: row.lifecycle,
  startedAt: row.startedAt,
  endedAt: row.endedAt,
  userName: row.userName,
  createdBy: { kind: row.createdByKind, id: row.createdById, name: row.createdByName },
  pipelineRun: row.pipelineRun,
  metrics: record(data?.metrics ?? [], (metric: RunData['metrics'][number]) => ({
    value: fromStored(metric),
    step: metric.step,
    timestamp: metric.timestamp,
  })),
  params: record(data?.params ?? [], (pair: RunData['params'][number]) => pair.value),
  tags: record(data?.tags ?? [], (pair: RunData['tags'][number]) => pair.value),
})

export const toRun = (summary: RunSummary, found: RunIo | undefined): Run => ({
  ...summary,
  inputs: found?.inputs ?? [],
  modelInputs: found?.modelInputs ?? [],
  modelOutputs: found?.modelOutputs ?? [],
})
