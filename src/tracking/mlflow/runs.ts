import type { LoggedMetric, ModelMetric } from '../log.ts'
import { limits } from '../keys.ts'
import type { DatasetInput, Run, RunStatus } from '../schemas.ts'
import type { TrackingService } from '../service.ts'
import type { MlflowCall, MlflowRoute } from './door.ts'
import { lifecycleIn, pageOut } from './experiments.ts'
import { type Fields, listIn, pairsIn, recordIn } from './fields.ts'
import { experimentIdIn, runInfoOut, runOut } from './wire.ts'

const statuses = ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED']

export const runIdOf = (fields: Fields): string =>
  fields.optionalText('run_id') ?? fields.optionalText('run_uuid') ?? fields.missing('run_id')

const metricIn = (fields: Fields): LoggedMetric => ({
  key: fields.text('key'),
  value: fields.number('value'),
  timestamp: fields.integer('timestamp'),
  step: fields.optionalInteger('step'),
})

/** A point that names a logged model is kept for the run and for the model. */
const modelMetricIn = (fields: Fields): ModelMetric[] => {
  const model = fields.optionalText('model_id')
  return model === undefined
    ? []
    : [
        {
          ...metricIn(fields),
          model,
          datasetName: fields.optionalText('dataset_name') ?? '',
          datasetDigest: fields.optionalText('dataset_digest') ?? '',
        },
      ]
}

const datasetIn = (fields: Fields): DatasetInput => {
  const dataset = fields.object('dataset')
  const schema = dataset.optionalText('schema')
  const profile = dataset.optionalText('profile')
  return {
    name: dataset.text('name'),
    digest: dataset.text('digest'),
    sourceType: dataset.text('source_type'),
    source: dataset.text('source'),
    ...(schema === undefined ? {} : { schema }),
    ...(profile === undefined ? {} : { profile }),
    tags: recordIn(fields.list('tags')),
  }
}

const writes = (path: string, handle: (call: MlflowCall) => Promise<unknown>): MlflowRoute => ({
  method: 'POST',
  path,
  can: 'runs:write',
  async handle(call) {
    await handle(call)
    return {}
  },
})

const logging = ({ runs }: TrackingService): MlflowRoute[] => [
  writes('/mlflow/runs/log-metric', async ({ project, fields }) => {
    const run = runIdOf(fields)
    await runs.log(project, run, { metrics: [metricIn(fields)], modelMetrics: modelMetricIn(fields) })
  }),
  writes('/mlflow/runs/log-parameter', ({ project, fields }) =>
    runs.log(project, runIdOf(fields), { params: pairsIn([fields]) }),
  ),
  writes('/mlflow/runs/set-tag', ({ project, fields }) =>
    runs.log(project, runIdOf(fields), { tags: pairsIn([fields]) }),
  ),
  writes('/mlflow/runs/delete-tag', ({ project, fields }) =>
    runs.deleteTag(project, runIdOf(fields), fields.text('key')),
  ),
  {
    ...writes('/mlflow/runs/log-batch', async ({ project, fields }) => {
      const run = runIdOf(fields)
      const metrics = fields.list('metrics')
      const log = {
        metrics: metrics.map(metricIn),
        params: pairsIn(fields.list('params')),
        tags: pairsIn(fields.list('tags')),
        modelMetrics: metrics.flatMap(modelMetricIn),
      }
      await runs.log(project, run, log)
    }),
    bodyLimit: limits.batchBytes,
  },
  writes('/mlflow/runs/log-inputs', ({ project, fields }) =>
    runs.addInputs(project, runIdOf(fields), {
      datasets: fields.list('datasets').map(datasetIn),
      models: fields.list('models').map((model) => model.text('model_id')),
    }),
  ),
  writes('/mlflow/runs/outputs', ({ project, fields }) =>
    runs.addOutputs(
      project,
      runIdOf(fields),
      fields
        .list('models')
        .map((model) => ({ model: model.text('model_id'), step: model.optionalInteger('step') ?? 0 })),
    ),
  ),
  // Clients before 3.0 record the model they logged in a tag of the run.
  writes('/mlflow/runs/log-model', async ({ project, fields }) => {
    const run = runIdOf(fields)
    const tag = 'mlflow.log-model.history'
    const model = fields.json('model_json')
    const known = listIn((await runs.get(project, run)).tags[tag])
    await runs.log(project, run, { tags: [{ key: tag, value: JSON.stringify([...known, model]) }] })
  }),
]

export const runRoutes = (service: TrackingService): MlflowRoute[] => {
  const { runs, experiments } = service
  const withLocations = async (found: readonly Run[]) => {
    const locations = await experiments.locations(found.map(({ experiment }) => experiment))
    return found.map((run) => ({ run, location: locations.get(run.experiment) }))
  }
  const one = async (project: string, run: Run) => {
    const [found] = await withLocations([run])
    return { run, location: found?.location, project }
  }

  return [
    {
      method: 'POST',
      path: '/mlflow/runs/create',
      can: 'runs:write',
      async handle({ project, actor, fields }) {
        const tags = recordIn(fields.list('tags'))
        const run = await runs.start({
          project,
          actor,
          experiment: experimentIdIn(project, fields.optionalText('experiment_id') ?? '0'),
          name: fields.optionalText('run_name'),
          startedAt: fields.optionalInteger('start_time'),
          userName: fields.optionalText('user_id') ?? tags['mlflow.user'],
          tags,
        })
        const { location } = await one(project, run)
        return { run: runOut(project, run, location) }
      },
    },
    {
      method: 'GET',
      path: '/mlflow/runs/get',
      can: 'runs:read',
      async handle({ project, fields }) {
        const { run, location } = await one(project, await runs.get(project, runIdOf(fields)))
        return { run: runOut(project, run, location) }
      },
    },
    {
      method: 'POST',
      path: '/mlflow/runs/update',
      can: 'runs:write',
      async handle({ project, actor, fields }) {
        const status = fields.has('status') ? fields.enumName('status', statuses, 1) : undefined
        const updated = await runs.update(project, runIdOf(fields), {
          actor,
          name: fields.optionalText('run_name'),
          endedAt: fields.optionalInteger('end_time'),
          status: status?.toLowerCase() as RunStatus | undefined,
        })
        const { run, location } = await one(project, updated)
        return { run_info: runInfoOut(project, run, location) }
      },
    },
    {
      method: 'POST',
      path: '/mlflow/runs/search',
      can: 'runs:read',
      async handle({ project, fields }) {
        const ids = fields.texts('experiment_ids').map((id) => experimentIdIn(project, id))
        const size = fields.pageSize('max_results', { standard: 1000, most: 50_000 })
        if (ids.length === 0) return {}
        const { runs: found, next } = await runs.search(project, {
          experiments: ids,
          filter: fields.optionalText('filter'),
          order: fields.texts('order_by'),
          lifecycle: lifecycleIn(fields, 'run_view_type'),
          limit: size,
          after: fields.optionalText('page_token'),
        })
        const located = await withLocations(found)
        return { runs: located.map(({ run, location }) => runOut(project, run, location)), ...pageOut(next) }
      },
    },
    writes('/mlflow/runs/delete', ({ project, fields }) => runs.remove(project, runIdOf(fields))),
    writes('/mlflow/runs/restore', ({ project, fields }) => runs.restore(project, runIdOf(fields))),
    ...logging(service),
  ]
}
