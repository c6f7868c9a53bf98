import { AppError } from '../../kernel/errors.ts'
import {
  type Fields,
  listIn,
  type MlflowCall,
  type MlflowRoute,
  pageOut,
  parseFilter,
  parseOrder,
  recordIn,
  type Tracking,
} from '../../tracking/index.ts'
import type { ModelVersion } from '../schemas.ts'
import type { RegistryService } from '../service.ts'
import { stageIn } from './models.ts'
import { versionVocabulary } from './vocabulary.ts'
import { downloadUri, versionOut } from './wire.ts'

type Deps = { service: RegistryService; tracking: Tracking }

const versionIn = (fields: Fields): number => {
  const text = fields.text('version')
  if (!/^\d+$/.test(text))
    throw new AppError('invalid', `Parameter 'version' must be an integer, got '${text}'.`)
  return Number(text)
}

const keyOf = ({ project, fields }: MlflowCall) => ({
  project,
  model: fields.text('name'),
  version: versionIn(fields),
})

const reply = (version: ModelVersion) => ({ model_version: versionOut(version) })

/** MLflow's pages look for the versions of a logged model in this tag of it. */
const versionsTag = 'mlflow.modelVersions'

const linkToLoggedModel = async (
  tracking: Tracking,
  { project, model, version, loggedModel }: ModelVersion,
) => {
  if (loggedModel === null) return
  const { tags } = await tracking.loggedModel(project, loggedModel)
  const known = listIn(tags[versionsTag])
  const all = [...known, { name: model, version: String(version) }]
  await tracking.tagLoggedModel(project, loggedModel, { [versionsTag]: JSON.stringify(all) })
}

const changes = ({ service: { versions } }: Deps): MlflowRoute[] => [
  {
    method: 'PATCH',
    path: '/mlflow/model-versions/update',
    can: 'models:write',
    async handle(call) {
      const key = keyOf(call)
      await versions.describe(key, call.fields.value('description'))
      return reply(await versions.get(key))
    },
  },
  {
    method: 'POST',
    path: '/mlflow/model-versions/transition-stage',
    can: 'models:write',
    async handle(call) {
      const key = keyOf(call)
      await versions.setStage(
        key,
        stageIn(call.fields.text('stage')),
        call.fields.flag('archive_existing_versions'),
      )
      return reply(await versions.get(key))
    },
  },
  {
    method: 'DELETE',
    path: '/mlflow/model-versions/delete',
    can: 'models:write',
    async handle(call) {
      await versions.remove(keyOf(call), call.actor)
      return {}
    },
  },
  {
    method: 'POST',
    path: '/mlflow/model-versions/set-tag',
    can: 'models:write',
    async handle(call) {
      await versions.setTag(keyOf(call), { key: call.fields.text('key'), value: call.fields.value('value') })
      return {}
    },
  },
  {
    method: 'DELETE',
    path: '/mlflow/model-versions/delete-tag',
    can: 'models:write',
    async handle(call) {
      await versions.deleteTag(keyOf(call), call.fields.text('key'))
      return {}
    },
  },
]

export const versionRoutes = (deps: Deps): MlflowRoute[] => {
  const { versions, imports, models } = deps.service
  return [
    {
      method: 'POST',
      path: '/mlflow/model-versions/create',
      can: 'models:write',
      async handle({ project, actor, fields }) {
        const model = fields.text('name')
        const source = fields.text('source')
        await models.get(project, model)
        const version = await imports.register({
          project,
          model,
          actor,
          source,
          run: fields.optionalText('run_id'),
          loggedModel: fields.optionalText('model_id'),
          description: fields.optionalText('description'),
          runLink: fields.optionalText('run_link'),
          tags: recordIn(fields.list('tags')),
        })
        await linkToLoggedModel(deps.tracking, version)
        return reply(version)
      },
    },
    {
      method: 'GET',
      path: '/mlflow/model-versions/get',
      can: 'models:read',
      handle: async (call) => reply(await versions.get(keyOf(call))),
    },
    {
      method: 'GET',
      path: '/mlflow/model-versions/search',
      can: 'models:read',
      async handle({ project, fields }) {
        const { versions: found, next } = await versions.search({
          project,
          filter: parseFilter(fields.optionalText('filter'), versionVocabulary),
          order: parseOrder(fields.texts('order_by'), versionVocabulary),
          limit: fields.pageSize('max_results', { standard: 10_000, most: 200_000 }),
          after: fields.optionalText('page_token'),
        })
        return { model_versions: found.map(versionOut), ...pageOut(next) }
      },
    },
    {
      method: 'GET',
      path: '/mlflow/model-versions/get-download-uri',
      can: 'models:read',
      handle: async (call) => ({ artifact_uri: downloadUri(await versions.get(keyOf(call))) }),
    },
    ...changes(deps),
  ]
}

export const aliasRoutes = ({ versions, models }: RegistryService): MlflowRoute[] => {
  const path = '/mlflow/registered-models/alias'
  const aliasIn = (fields: Fields): string => {
    const alias = fields.text('alias')
    if (!/^[\w-]*$/.test(alias))
      throw new AppError(
        'invalid',
        `Invalid alias name: '${alias}'. Names may only contain alphanumerics, underscores (_), and dashes (-).`,
      )
    if (alias.length > 255)
      throw new AppError(
        'invalid',
        "'Registered model alias name' exceeds the maximum length of 255 characters",
      )
    return alias
  }
  return [
    {
      method: 'POST',
      path,
      can: 'models:write',
      async handle(call) {
        await versions.setAlias(keyOf(call), aliasIn(call.fields), call.actor)
        return {}
      },
    },
    {
      method: 'DELETE',
      path,
      can: 'models:write',
      async handle({ project, actor, fields }) {
        await versions.deleteAlias({ project, model: fields.text('name'), alias: aliasIn(fields) }, actor)
        return {}
      },
    },
    {
      method: 'GET',
      path,
      can: 'models:read',
      async handle({ project, fields }) {
        const model = fields.text('name')
        const alias = aliasIn(fields)
        await models.get(project, model)
        const version = await versions.resolve({ project, model }, alias)
        // To MLflow's clients a missing alias is a bad request, not a missing thing.
        if (!version) throw new AppError('invalid', `Registered model alias ${alias} not found.`)
        return reply(version)
      },
    },
  ]
}
