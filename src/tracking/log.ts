import { AppError } from '../kernel/errors.ts'
import { checkKey, limits } from './keys.ts'
import { type MetricValue, type StoredPoint, toStored } from './metric.ts'

/** What is logged to a run in one call, checked before anything is written. Pure. */
export type LoggedMetric = {
  key: string
  value: MetricValue
  step?: number | undefined
  timestamp?: number | undefined
}
/** A point that was measured on a logged model, perhaps on a data set: kept for the model as well as for the run. */
export type ModelMetric = LoggedMetric & { model: string; datasetName: string; datasetDigest: string }
export type Pair = { key: string; value: string }
export type RunLog = {
  metrics?: readonly LoggedMetric[] | undefined
  params?: readonly Pair[] | undefined
  tags?: readonly Pair[] | undefined
  modelMetrics?: readonly ModelMetric[] | undefined
}
export type CheckedLog = { metrics: (StoredPoint & { key: string })[]; params: Pair[]; tags: Pair[] }

const refuse = (value: unknown, what: string, why: string): never => {
  throw new AppError(
    'invalid',
    `Invalid value ${JSON.stringify(value)} for parameter '${what}' supplied: ${why}`,
  )
}

export const checkMetric = (
  metric: LoggedMetric,
  path: string,
  now: number,
): StoredPoint & { key: string } => {
  checkKey(metric.key, `${path}name`)
  const stored = toStored(metric.value)
  if (!stored)
    return refuse(
      metric.value,
      `${path}value`,
      `(timestamp=${metric.timestamp ?? now}). Please specify value as a valid double (64-bit floating point)`,
    )
  const step = metric.step ?? 0
  const timestamp = metric.timestamp ?? now
  if (!Number.isSafeInteger(timestamp) || timestamp < 0)
    return refuse(
      timestamp,
      `${path}timestamp`,
      `metric '${metric.key}'. Timestamp must be a nonnegative long (64-bit integer)`,
    )
  if (!Number.isSafeInteger(step))
    return refuse(step, `${path}step`, `metric '${metric.key}'. Step must be a valid long (64-bit integer).`)
  return { key: metric.key, ...stored, step, timestamp }
}

/** Over-long values are cut, as MLflow does by default: a run must not fail for the length of a note. */
const cut = (value: string, limit: number) => (value.length > limit ? value.slice(0, limit) : value)

const checkParam = ({ key, value }: Pair, path: string): Pair => {
  checkKey(key, `${path}key`)
  return { key, value: cut(value, limits.paramLength) }
}

export const checkTag = ({ key, value }: Pair, path: string): Pair => {
  checkKey(key, `${path}key`)
  return { key, value: cut(value, limits.tagLength) }
}

const checkCount = (what: string, count: number, limit: number) => {
  if (count > limit)
    throw new AppError(
      'invalid',
      `A batch logging request can contain at most ${limit} ${what}. Got ${count} ${what}. Please split up ${what} across multiple requests and try again.`,
    )
}

export const checkLog = ({ metrics = [], params = [], tags = [] }: RunLog, now: number): CheckedLog => {
  checkCount('metrics', metrics.length, limits.metricsPerBatch)
  checkCount('params', params.length, limits.paramsPerBatch)
  checkCount('tags', tags.length, limits.tagsPerBatch)
  checkCount(
    'metrics, params, and tags',
    metrics.length + params.length + tags.length,
    limits.entitiesPerBatch,
  )
  const keys = params.map(({ key }) => key)
  const twice = keys.filter((key, index) => keys.indexOf(key) !== index)
  if (twice.length > 0)
    throw new AppError(
      'invalid',
      `Duplicate parameter keys have been submitted: ${JSON.stringify(twice)}. Please ensure the request contains only one param value per param key.`,
    )
  return {
    metrics: metrics.map((metric, index) => checkMetric(metric, `metrics[${index}].`, now)),
    params: params.map((param, index) => checkParam(param, `params[${index}].`)),
    tags: tags.map((tag, index) => checkTag(tag, `tags[${index}].`)),
  }
}
