import { defaultExperimentId, type StoredExperiment } from '../experiment.service.ts'
import type { LoggedModel } from '../logged-model.service.ts'
import { fromStored } from '../metric.ts'
import type { DatasetInput, Run } from '../schemas.ts'
import type { Listed } from '../artifact-path.ts'

/** Our records as MLflow's messages: snake case, what is unset is left out. */

/** MLflow's clients take the experiment `0` for granted: it is the project's experiment `Default`. */
const experimentIdOut = (project: string, id: string): string =>
  id === defaultExperimentId(project) ? '0' : id
export const experimentIdIn = (project: string, id: string): string =>
  id === '0' ? defaultExperimentId(project) : id

const pairs = (record: Readonly<Record<string, string>>) =>
  Object.entries(record).map(([key, value]) => ({ key, value }))

/** The folder of an experiment's artifacts, as its clients address it. */
export const artifactRoot = (
  project: string,
  experiment: string,
  location: string | null | undefined,
): string => location ?? `mlflow-artifacts:/${experimentIdOut(project, experiment)}`

export const experimentOut = (project: string, experiment: StoredExperiment) => ({
  experiment_id: experimentIdOut(project, experiment.id),
  name: experiment.name,
  artifact_location: artifactRoot(project, experiment.id, experiment.artifactLocation),
  lifecycle_stage: experiment.lifecycle,
  creation_time: experiment.createdAt,
  last_update_time: experiment.updatedAt,
  tags: pairs(experiment.tags),
})

const datasetOut = ({ name, digest, sourceType, source, schema, profile, tags }: DatasetInput) => ({
  tags: pairs(tags),
  dataset: { name, digest, source_type: sourceType, source, schema, profile },
})

export const runInfoOut = (project: string, run: Run, location: string | null | undefined) => ({
  run_id: run.id,
  run_uuid: run.id,
  run_name: run.name,
  experiment_id: experimentIdOut(project, run.experiment),
  user_id: run.userName,
  status: run.status.toUpperCase(),
  start_time: run.startedAt,
  ...(run.endedAt === null ? {} : { end_time: run.endedAt }),
  artifact_uri: `${artifactRoot(project, run.experiment, location)}/${run.id}/artifacts`,
  lifecycle_stage: run.lifecycle,
})

export const runOut = (project: string, run: Run, location: string | null | undefined) => ({
  info: runInfoOut(project, run, location),
  data: {
    metrics: Object.entries(run.metrics).map(([key, metric]) => ({ key, ...metric })),
    params: pairs(run.params),
    tags: pairs(run.tags),
  },
  inputs: {
    dataset_inputs: run.inputs.map(datasetOut),
    model_inputs: run.modelInputs.map((model) => ({ model_id: model })),
  },
  outputs: { model_outputs: run.modelOutputs.map(({ model, step }) => ({ model_id: model, step })) },
})

const modelStatus = {
  pending: 'LOGGED_MODEL_PENDING',
  ready: 'LOGGED_MODEL_READY',
  failed: 'LOGGED_MODEL_UPLOAD_FAILED',
} as const

export const loggedModelOut = (project: string, model: LoggedModel, location: string | null | undefined) => ({
  info: {
    model_id: model.id,
    experiment_id: experimentIdOut(project, model.experiment),
    name: model.name,
    creation_timestamp_ms: model.createdAt,
    last_updated_timestamp_ms: model.updatedAt,
    artifact_uri: `${artifactRoot(project, model.experiment, location)}/models/${model.id}/artifacts`,
    status: modelStatus[model.status],
    model_type: model.modelType,
    ...(model.sourceRun === null ? {} : { source_run_id: model.sourceRun }),
    ...(model.statusMessage === null ? {} : { status_message: model.statusMessage }),
    tags: pairs(model.tags),
  },
  data: {
    params: pairs(model.params),
    metrics: model.metrics.map((metric) => ({
      key: metric.key,
      value: fromStored(metric),
      timestamp: metric.timestamp,
      step: metric.step,
      model_id: model.id,
      run_id: metric.run,
      ...(metric.datasetName === ''
        ? {}
        : { dataset_name: metric.datasetName, dataset_digest: metric.datasetDigest }),
    })),
  },
})

export const fileOut = ({ path, kind, sizeBytes }: Pick<Listed, 'path' | 'kind' | 'sizeBytes'>) => ({
  path,
  is_dir: kind === 'directory',
  ...(sizeBytes === null ? {} : { file_size: sizeBytes }),
})
