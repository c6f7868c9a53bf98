import type { Model, ModelVersion } from '../schemas.ts'

const pairs = (record: Readonly<Record<string, string>>) =>
  Object.entries(record).map(([key, value]) => ({ key, value }))

/** Where MLflow's clients find the files of a version: ours, which can't change, or the place they named that is not ours. */
export const downloadUri = ({
  files,
  source,
  model,
  version,
}: Pick<ModelVersion, 'files' | 'source' | 'model' | 'version'>): string =>
  files === null && source !== null
    ? source
    : `mlflow-artifacts:/model-versions/${encodeURIComponent(model)}/${version}`

/** What MLflow has no field for travels as tags. */
const ownTags = ({ approval, gate }: ModelVersion): Record<string, string> => ({
  'esteira.approval': approval.state,
  'esteira.gate': gate.note ?? (gate.passed ? 'passed' : 'refused'),
})

export const versionOut = (version: ModelVersion) => ({
  name: version.model,
  version: String(version.version),
  creation_timestamp: version.createdAt,
  last_updated_timestamp: version.updatedAt,
  user_id: version.createdBy.name,
  current_stage: version.stage,
  description: version.description ?? '',
  source: version.source ?? downloadUri(version),
  ...(version.lineage.trackingRun === null ? {} : { run_id: version.lineage.trackingRun }),
  ...(version.runLink === null ? {} : { run_link: version.runLink }),
  ...(version.loggedModel === null ? {} : { model_id: version.loggedModel }),
  status: 'READY',
  tags: pairs({ ...ownTags(version), ...version.tags }),
  aliases: version.aliases,
})

export const modelOut = (model: Model, latest: readonly object[]) => ({
  name: model.name,
  creation_timestamp: model.createdAt,
  last_updated_timestamp: model.updatedAt,
  description: model.description ?? '',
  latest_versions: latest,
  tags: pairs(model.tags),
  aliases: Object.entries(model.aliases).map(([alias, version]) => ({ alias, version: String(version) })),
})
