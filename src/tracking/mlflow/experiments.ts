import { isAppError } from '../../kernel/errors.ts'
import type { TrackingService } from '../service.ts'
import type { MlflowCall, MlflowRoute } from './door.ts'
import { alreadyExists } from './errors.ts'
import { type Fields, recordIn } from './fields.ts'
import { experimentIdIn, experimentOut } from './wire.ts'

const lifecycles = { ACTIVE_ONLY: 'active', DELETED_ONLY: 'deleted', ALL: 'all' } as const
export type Lifecycle = (typeof lifecycles)[keyof typeof lifecycles]

/** protobuf's JSON knows an enum by its name or its number. */
export const lifecycleIn = (fields: Fields, name: string): Lifecycle => {
  const value = fields.has(name) ? fields.enumName(name, Object.keys(lifecycles), 1) : 'ACTIVE_ONLY'
  return lifecycles[value as keyof typeof lifecycles]
}

export const pageOut = (next: string | undefined) => (next === undefined ? {} : { next_page_token: next })

const idOf = ({ project, fields }: MlflowCall) => experimentIdIn(project, fields.text('experiment_id'))

const changes = ({ experiments }: TrackingService): MlflowRoute[] => [
  {
    method: 'POST',
    path: '/mlflow/experiments/delete',
    can: 'runs:write',
    async handle(call) {
      await experiments.remove(call.project, idOf(call))
      return {}
    },
  },
  {
    method: 'POST',
    path: '/mlflow/experiments/restore',
    can: 'runs:write',
    async handle(call) {
      await experiments.restore(call.project, idOf(call))
      return {}
    },
  },
  {
    method: 'POST',
    path: '/mlflow/experiments/update',
    can: 'runs:write',
    async handle(call) {
      const id = idOf(call)
      const name = call.fields.optionalText('new_name')
      if (name !== undefined) await experiments.rename(call.project, id, name)
      return {}
    },
  },
  {
    method: 'POST',
    path: '/mlflow/experiments/set-experiment-tag',
    can: 'runs:write',
    async handle(call) {
      await experiments.setTags(call.project, idOf(call), {
        [call.fields.text('key')]: call.fields.value('value'),
      })
      return {}
    },
  },
  {
    method: 'POST',
    path: '/mlflow/experiments/delete-experiment-tag',
    can: 'runs:write',
    async handle(call) {
      await experiments.deleteTag(call.project, idOf(call), call.fields.text('key'))
      return {}
    },
  },
]

export const experimentRoutes = (service: TrackingService): MlflowRoute[] => [
  {
    method: 'POST',
    path: '/mlflow/experiments/create',
    can: 'runs:write',
    async handle({ project, fields }) {
      const given = {
        name: fields.text('name'),
        artifactLocation: fields.optionalText('artifact_location'),
        tags: recordIn(fields.list('tags')),
      }
      try {
        return { experiment_id: (await service.experiments.create(project, given)).id }
      } catch (error) {
        throw isAppError(error) && error.code === 'conflict' ? alreadyExists(error) : error
      }
    },
  },
  {
    method: ['GET', 'POST'],
    path: '/mlflow/experiments/search',
    can: 'runs:read',
    async handle({ project, fields }) {
      const { experiments: found, next } = await service.experiments.search(project, {
        filter: fields.optionalText('filter'),
        order: fields.texts('order_by'),
        lifecycle: lifecycleIn(fields, 'view_type'),
        limit: fields.pageSize('max_results', { standard: 1000, most: 50_000 }),
        after: fields.optionalText('page_token'),
      })
      return { experiments: found.map((experiment) => experimentOut(project, experiment)), ...pageOut(next) }
    },
  },
  {
    method: 'GET',
    path: '/mlflow/experiments/get',
    can: 'runs:read',
    handle: async (call) => ({
      experiment: experimentOut(call.project, await service.experiments.get(call.project, idOf(call))),
    }),
  },
  {
    method: 'GET',
    path: '/mlflow/experiments/get-by-name',
    can: 'runs:read',
    handle: async ({ project, fields }) => ({
      experiment: experimentOut(
        project,
        await service.experiments.byName(project, fields.text('experiment_name')),
      ),
    }),
  },
  ...changes(service),
]
