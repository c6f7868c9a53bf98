import { tables } from '../kernel/db/tables.ts'

export type ExperimentRow = {
  id: string
  project: string
  name: string
  lifecycle: 'active' | 'deleted'
  /** Where a client asked its artifacts to be kept, if not here. Given back as it came, never opened by the server. */
  artifactLocation: string | null
  createdAt: number
  updatedAt: number
}

export type RunRow = {
  id: string
  project: string
  experiment: string
  name: string
  status: 'running' | 'scheduled' | 'finished' | 'failed' | 'killed'
  lifecycle: 'active' | 'deleted'
  startedAt: number
  endedAt: number | null
  deletedAt: number | null
  userName: string
  createdByKind: string
  createdById: string
  createdByName: string
  pipelineRun: string | null
}

/** `value` is 0 where `isNan` is 1: SQLite keeps no NaN. Infinities are the largest doubles. */
type Point = { value: number; isNan: number; step: number; timestamp: number }

export type MetricRow = Point & { run: string; key: string }
export type PairRow = { run: string; key: string; value: string }

type DatasetRow = {
  id: string
  experiment: string
  name: string
  digest: string
  sourceType: string
  source: string
  schema: string | null
  profile: string | null
}

export type LoggedModelRow = {
  id: string
  project: string
  experiment: string
  name: string
  status: 'pending' | 'ready' | 'failed'
  statusMessage: string | null
  modelType: string
  sourceRun: string | null
  createdByKind: string
  createdById: string
  createdByName: string
  createdAt: number
  updatedAt: number
  deletedAt: number | null
}

export type LoggedModelMetricRow = Point & {
  model: string
  key: string
  run: string
  datasetName: string
  datasetDigest: string
}

/** `owner` is the id of a run or of a logged model. */
export type ArtifactRow = {
  owner: string
  path: string
  digest: string
  sizeBytes: number
  updatedAt: number
}

export type TrackingTables = {
  trackingExperiment: ExperimentRow
  trackingExperimentTag: { experiment: string; key: string; value: string }
  trackingRun: RunRow
  trackingMetric: MetricRow
  trackingLatestMetric: MetricRow
  trackingParam: PairRow
  trackingTag: PairRow
  trackingDataset: DatasetRow
  trackingInput: { run: string; dataset: string; context: string | null; tags: string; at: number }
  trackingModelInput: { run: string; model: string }
  trackingModelOutput: { run: string; model: string; step: number }
  trackingLoggedModel: LoggedModelRow
  trackingLoggedModelTag: { model: string; key: string; value: string }
  trackingLoggedModelParam: { model: string; key: string; value: string }
  trackingLoggedModelMetric: LoggedModelMetricRow
  trackingArtifact: ArtifactRow
}

export const at = tables<TrackingTables>()
