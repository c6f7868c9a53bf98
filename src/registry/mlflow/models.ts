import { AppError, isAppError } from '../../kernel/errors.ts'
import {
  alreadyExists,
  type MlflowCall,
  type MlflowRoute,
  pageOut,
  parseFilter,
  parseOrder,
  recordIn,
} from '../../tracking/index.ts'
import type { Model, ModelVersion } from '../schemas.ts'
import type { RegistryService } from '../service.ts'
import { modelVocabulary, withoutPrompts } from './vocabulary.ts'
import { modelOut, versionOut } from './wire.ts'

const stages = ['None', 'Staging', 'Production', 'Archived']

/** Stages are matched whatever their case. */
export const stageIn = (stage: string): string => {
  const known = stages.find((one) => one.toLowerCase() === stage.toLowerCase())
  if (!known)
    throw new AppError(
      'invalid',
      `Invalid Model Version stage: ${stage}. Value must be one of ${stages.join(', ')}.`,
    )
  return known
}

/** The newest version of each stage. */
const latestOf = (versions: readonly ModelVersion[]): ModelVersion[] =>
  versions.filter((version, index) => versions.findIndex(({ stage }) => stage === version.stage) === index)

const replies = ({ versions }: RegistryService) => {
  const out = async (project: string, model: Model) => {
    const all = model.latestVersion === null ? [] : await versions.list({ project, model: model.name })
    return modelOut(model, latestOf(all).map(versionOut))
  }
  const reply = async (project: string, model: Model) => ({ registered_model: await out(project, model) })
  return { out, reply }
}

const changes = (service: RegistryService): MlflowRoute[] => {
  const { models } = service
  const { reply } = replies(service)
  return [
    {
      method: 'PATCH',
      path: '/mlflow/registered-models/update',
      can: 'models:write',
      handle: async ({ project, fields }) =>
        reply(project, await models.describe(project, fields.text('name'), fields.value('description'))),
    },
    {
      method: 'DELETE',
      path: '/mlflow/registered-models/delete',
      can: 'models:write',
      async handle({ project, actor, fields }) {
        await models.remove(project, fields.text('name'), actor)
        return {}
      },
    },
    {
      method: 'POST',
      path: '/mlflow/registered-models/set-tag',
      can: 'models:write',
      async handle({ project, fields }) {
        const tag = { key: fields.text('key'), value: fields.value('value') }
        await models.setTag(project, fields.text('name'), tag)
        return {}
      },
    },
    {
      method: 'DELETE',
      path: '/mlflow/registered-models/delete-tag',
      can: 'models:write',
      async handle({ project, fields }) {
        await models.deleteTag(project, fields.text('name'), fields.text('key'))
        return {}
      },
    },
  ]
}

export const modelRoutes = (service: RegistryService): MlflowRoute[] => {
  const { models, versions } = service
  const { out, reply } = replies(service)
  const latest = async ({ project, fields }: MlflowCall) => {
    const wanted = fields.texts('stages').map(stageIn)
    const found = latestOf(await versions.list({ project, model: fields.text('name') }))
    return {
      model_versions: found
        .filter(({ stage }) => wanted.length === 0 || wanted.includes(stage))
        .map(versionOut),
    }
  }

  return [
    {
      method: 'POST',
      path: '/mlflow/registered-models/create',
      can: 'models:write',
      async handle({ project, fields }) {
        const given = {
          name: fields.text('name'),
          description: fields.optionalText('description') ?? null,
          tags: recordIn(fields.list('tags')),
        }
        try {
          return await reply(project, await models.create(project, given))
        } catch (error) {
          throw isAppError(error) && error.code === 'conflict' ? alreadyExists(error) : error
        }
      },
    },
    {
      method: 'POST',
      path: '/mlflow/registered-models/rename',
      can: 'models:write',
      async handle({ project, actor, fields }) {
        const names = { from: fields.text('name'), to: fields.text('new_name') }
        try {
          return await reply(project, await models.rename(project, names, actor))
        } catch (error) {
          throw isAppError(error) && error.code === 'conflict' ? alreadyExists(error) : error
        }
      },
    },
    {
      method: 'GET',
      path: '/mlflow/registered-models/get',
      can: 'models:read',
      handle: async ({ project, fields }) => reply(project, await models.get(project, fields.text('name'))),
    },
    {
      method: 'GET',
      path: '/mlflow/registered-models/search',
      can: 'models:read',
      async handle({ project, fields }) {
        const { models: found, next } = await models.search({
          project,
          filter: parseFilter(withoutPrompts(fields.optionalText('filter')), modelVocabulary),
          order: parseOrder(fields.texts('order_by'), modelVocabulary),
          limit: fields.pageSize('max_results', { standard: 100, most: 1000 }),
          after: fields.optionalText('page_token'),
        })
        const registered: object[] = []
        for (const model of found) registered.push(await out(project, model))
        return { registered_models: registered, ...pageOut(next) }
      },
    },
    {
      method: ['GET', 'POST'],
      path: '/mlflow/registered-models/get-latest-versions',
      can: 'models:read',
      handle: latest,
    },
    ...changes(service),
  ]
}
