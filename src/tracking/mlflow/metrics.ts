import { AppError } from '../../kernel/errors.ts'
import { fromStored, type StoredPoint } from '../metric.ts'
import type { TrackingService } from '../service.ts'
import type { MlflowRoute } from './door.ts'
import { pageOut } from './experiments.ts'
import { runIdOf } from './runs.ts'

const pointsPerPage = 25_000
const runsPerBulk = 100
const pointsPerSample = 2500

const pointOut = (key: string, point: StoredPoint) => ({
  key,
  value: fromStored(point),
  timestamp: point.timestamp,
  step: point.step,
})

const tokenOf = (point: StoredPoint): string =>
  Buffer.from(JSON.stringify([point.step, point.timestamp, point.value, point.isNan])).toString('base64url')

const parseToken = (token: string): unknown => {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}

const pointOf = (token: string | undefined): StoredPoint | undefined => {
  if (token === undefined) return undefined
  const parsed = parseToken(token)
  if (!Array.isArray(parsed) || parsed.length !== 4 || !parsed.every((part) => typeof part === 'number'))
    throw new AppError('invalid', 'Invalid page token.')
  const [step = 0, timestamp = 0, value = 0, isNan = 0] = parsed as number[]
  return { step, timestamp, value, isNan }
}

export const metricRoutes = ({ runs, history }: TrackingService): MlflowRoute[] => [
  {
    method: 'GET',
    path: '/mlflow/metrics/get-history',
    can: 'runs:read',
    async handle({ project, fields }) {
      const run = runIdOf(fields)
      const key = fields.text('metric_key')
      if (!(await runs.exists(project, run))) throw new AppError('not_found', `Run with id=${run} not found`)
      const limit = Math.min(fields.optionalInteger('max_results') ?? pointsPerPage, pointsPerPage)
      const points = await history.page(
        { run, key },
        { after: pointOf(fields.optionalText('page_token')), limit },
      )
      const last = points.length === limit ? points.at(-1) : undefined
      return { metrics: points.map((point) => pointOut(key, point)), ...pageOut(last && tokenOf(last)) }
    },
  },
  {
    method: 'GET',
    path: '/mlflow/metrics/get-history-bulk-interval',
    can: 'runs:read',
    async handle({ project, fields }) {
      const ids = fields.texts('run_ids')
      if (ids.length === 0) return fields.missing('run_ids')
      if (ids.length > runsPerBulk)
        throw new AppError(
          'invalid',
          `GetMetricHistoryBulkInterval request must specify at most ${runsPerBulk} run_ids. Received ${ids.length} run_ids.`,
        )
      const key = fields.text('metric_key')
      const from = fields.optionalInteger('start_step')
      const to = fields.optionalInteger('end_step')
      const count = fields.pageSize('max_results', { standard: pointsPerSample, most: pointsPerSample })
      const metrics: object[] = []
      for (const run of ids) {
        if (!(await runs.exists(project, run)))
          throw new AppError('not_found', `Run with id=${run} not found`)
        const range = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
        const { points } = await history.sampled({ run, key, ...range }, count)
        metrics.push(...points.map((point) => ({ ...pointOut(key, point), run_id: run })))
      }
      return { metrics }
    },
  },
]
