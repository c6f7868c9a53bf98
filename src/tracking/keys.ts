import { posix } from 'node:path'
import { AppError } from '../kernel/errors.ts'

/** What a key of a metric, parameter or tag may be, and how long values may be. The limits are those of MLflow 3.17. */
export const limits = {
  keyLength: 250,
  paramLength: 6000,
  tagLength: 8000,
  experimentNameLength: 500,
  experimentTagLength: 20_000,
  metricsPerBatch: 1000,
  paramsPerBatch: 100,
  tagsPerBatch: 100,
  entitiesPerBatch: 1000,
  batchBytes: 1_000_000,
} as const

const characters = /^[/\p{L}\p{N}_.\- :]*$/u

/** Why a key is refused, or undefined. The wording is what MLflow's clients and tests look for. */
const keyFault = (key: string): string | undefined => {
  if (!characters.test(key))
    return 'Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).'
  const normal = posix.normalize(key)
  if (normal !== key || normal === '.' || normal.startsWith('..') || normal.startsWith('/'))
    return `Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '${normal}'`
  return undefined
}

export const checkKey = (key: string, what: string): void => {
  const fault = key === '' ? 'A key name must be provided.' : keyFault(key)
  if (fault)
    throw new AppError(
      'invalid',
      `Invalid value ${JSON.stringify(key)} for parameter '${what}' supplied: ${fault}`,
    )
  checkLength(key, limits.keyLength, what)
}

export const checkLength = (value: string, limit: number, what: string): void => {
  if (value.length > limit)
    throw new AppError('invalid', `'${what}' exceeds the maximum length of ${limit} characters`, {
      hint: `It has ${value.length}.`,
    })
}
