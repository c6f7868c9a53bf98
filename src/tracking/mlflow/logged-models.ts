import type { LoggedModel } from '../logged-model.service.ts'
import type { TrackingService } from '../service.ts'
import type { MlflowCall, MlflowRoute } from './door.ts'
import { pageOut } from './experiments.ts'
import { type Fields, recordIn } from './fields.ts'
import { artifactRoot, experimentIdIn, fileOut, loggedModelOut } from './wire.ts'

const statuses = [
  'LOGGED_MODEL_STATUS_UNSPECIFIED',
  'LOGGED_MODEL_PENDING',
  'LOGGED_MODEL_READY',
  'LOGGED_MODEL_UPLOAD_FAILED',
]

/** `{"field_name": "metrics.auc", "ascending": false}` as the clause that other searches take; newest comes first unless said. */
const orderIn = (fields: readonly Fields[]): string[] =>
  fields.map((field) => {
    const [prefix, ...rest] = field.text('field_name').split('.')
    const name = rest.length === 0 ? prefix : `${prefix}.\`${rest.join('.')}\``
    const isDescending = field.has('ascending') && !field.flag('ascending')
    return `${name} ${isDescending ? 'desc' : 'asc'}`
  })

const idOf = ({ params, fields }: MlflowCall) => params['model_id'] ?? fields.text('model_id')

const replies = ({ experiments }: TrackingService) => {
  const out = async (project: string, models: readonly LoggedModel[]) => {
    const locations = await experiments.locations(models.map(({ experiment }) => experiment))
    return models.map((model) => loggedModelOut(project, model, locations.get(model.experiment)))
  }
  const reply = async (project: string, model: LoggedModel) => {
    const [found] = await out(project, [model])
    return { model: found }
  }
  return { out, reply }
}

const detailRoutes = (service: TrackingService): MlflowRoute[] => {
  const { loggedModels, experiments, artifacts } = service
  const { reply } = replies(service)
  return [
    {
      method: 'PATCH',
      path: '/mlflow/logged-models/:model_id/tags',
      can: 'runs:write',
      handle: async (call) =>
        reply(
          call.project,
          await loggedModels.setTags(call.project, idOf(call), recordIn(call.fields.list('tags'))),
        ),
    },
    {
      method: 'DELETE',
      path: '/mlflow/logged-models/:model_id/tags/:tag_key',
      can: 'runs:write',
      async handle(call) {
        await loggedModels.deleteTag(call.project, idOf(call), call.params['tag_key'] ?? '')
        return {}
      },
    },
    {
      method: 'POST',
      path: '/mlflow/logged-models/:model_id/params',
      can: 'runs:write',
      async handle(call) {
        await loggedModels.setParams(call.project, idOf(call), recordIn(call.fields.list('params')))
        return {}
      },
    },
    {
      method: 'GET',
      path: '/mlflow/logged-models/:model_id/artifacts/directories',
      can: 'runs:read',
      async handle(call) {
        const { project, fields } = call
        const model = await loggedModels.get(project, idOf(call))
        const locations = await experiments.locations([model.experiment])
        const root = artifactRoot(project, model.experiment, locations.get(model.experiment))
        const files = await artifacts.list(
          project,
          model.id,
          fields.optionalText('artifact_directory_path') ?? '',
        )
        return { root_uri: `${root}/models/${model.id}/artifacts`, files: files.map(fileOut) }
      },
    },
  ]
}

export const loggedModelRoutes = (service: TrackingService): MlflowRoute[] => {
  const { loggedModels } = service
  const { out, reply } = replies(service)

  return [
    {
      method: 'POST',
      path: '/mlflow/logged-models',
      can: 'runs:write',
      handle: async ({ project, actor, fields }) =>
        reply(
          project,
          await loggedModels.create({
            project,
            actor,
            experiment: experimentIdIn(project, fields.text('experiment_id')),
            name: fields.optionalText('name'),
            modelType: fields.optionalText('model_type'),
            sourceRun: fields.optionalText('source_run_id'),
            params: recordIn(fields.list('params')),
            tags: recordIn(fields.list('tags')),
          }),
        ),
    },
    {
      method: 'GET',
      path: '/mlflow/logged-models/:model_id',
      can: 'runs:read',
      handle: async (call) => reply(call.project, await loggedModels.get(call.project, idOf(call))),
    },
    {
      method: 'PATCH',
      path: '/mlflow/logged-models/:model_id',
      can: 'runs:write',
      async handle(call) {
        const status = call.fields.enumName('status', statuses)
        const finished = await loggedModels.finish(
          call.project,
          idOf(call),
          status === 'LOGGED_MODEL_UPLOAD_FAILED' ? 'failed' : 'ready',
        )
        return reply(call.project, finished)
      },
    },
    {
      method: 'DELETE',
      path: '/mlflow/logged-models/:model_id',
      can: 'runs:write',
      async handle(call) {
        await loggedModels.remove(call.project, idOf(call))
        return {}
      },
    },
    {
      method: 'POST',
      path: '/mlflow/logged-models/search',
      can: 'runs:read',
      async handle({ project, fields }) {
        const { models, next } = await loggedModels.search(project, {
          experiments: fields.texts('experiment_ids').map((id) => experimentIdIn(project, id)),
          filter: fields.optionalText('filter'),
          order: orderIn(fields.list('order_by')),
          limit: fields.pageSize('max_results', { standard: 100, most: 1000 }),
          after: fields.optionalText('page_token'),
        })
        return { models: await out(project, models), ...pageOut(next) }
      },
    },
    ...detailRoutes(service),
  ]
}
