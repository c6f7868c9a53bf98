import { tables } from '../kernel/db/tables.ts'

export type RunRow = {
  id: string
  project: string
  pipeline: string
  pipelineVersion: number
  label: string | null
  status: string
  /** Grows with every stored transition: two servers cannot both go on from the same one. */
  revision: number
  machineAt: number
  machineToken: number
  plan: string
  parameters: string
  inputs: string
  code: string | null
  environments: string
  useCache: number
  reproduces: string | null
  trackingRun: string | null
  /** What follows the end of a run (its tracking run, its tokens) has been done. */
  isClosed: number
  startedByKind: string
  startedById: string
  startedByName: string
  createdAt: number
  finishedAt: number | null
}

export type StepRow = {
  run: string
  name: string
  position: number
  status: string
  attempt: number
  token: number
  failures: number
  losses: number
  deadline: number | null
  dueAt: number | null
  stopping: string | null
  startedAt: number | null
  finishedAt: number | null
  outputs: string
  cachedFrom: string | null
  error: string | null
  cacheKey: string | null
  cacheParts: string | null
}

export type AttemptRow = {
  id: string
  run: string
  step: string
  attempt: number
  token: number
  status: string
  startedAt: number
  finishedAt: number | null
  wallMs: number | null
  cpuMs: number | null
  peakMemoryBytes: number | null
  exitCode: number | null
  signal: string | null
  error: string | null
  log: string | null
  logBytes: number | null
}

export type CacheRow = {
  project: string
  key: string
  run: string
  step: string
  outputs: string
  createdAt: number
}

export const at = tables<{
  pipelineRun: RunRow
  pipelineStep: StepRow
  pipelineAttempt: AttemptRow
  pipelineCache: CacheRow
}>()
