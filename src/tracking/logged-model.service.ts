import type { Principal } from '../kernel/auth/principal.ts'
import type { Db } from '../kernel/db/tables.ts'
import { AppError } from '../kernel/errors.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { ExperimentService } from './experiment.service.ts'
import { checkKey, checkLength, limits } from './keys.ts'
import * as store from './logged-model.store.ts'
import { findRun } from './run.store.ts'
import { parseFilter } from './search/filter.ts'
import { parseOrder } from './search/order.ts'
import { loggedModelVocabulary } from './search/vocabulary.ts'
import type { LoggedModelRow } from './tables.ts'

export type LoggedModel = LoggedModelRow & store.LoggedModelData

export type NewLoggedModel = {
  project: string
  experiment: string
  actor: Pick<Principal, 'kind' | 'id' | 'name'>
  name?: string | undefined
  modelType?: string | undefined
  sourceRun?: string | undefined
  params?: Record<string, string> | undefined
  tags?: Record<string, string> | undefined
}

export type LoggedModelQuery = {
  experiments: readonly string[]
  filter?: string | undefined
  order?: readonly string[] | undefined
  limit?: number | undefined
  after?: string | undefined
}

const checkPairs = (pairs: Readonly<Record<string, string>>, limit: number) => {
  for (const [key, value] of Object.entries(pairs)) {
    checkKey(key, 'key')
    checkLength(value, limit, 'value')
  }
}

const checkName = (name: string) => {
  if (/[/:.%"']/.test(name))
    throw new AppError(
      'invalid',
      `Invalid model name (${name}) provided. Model name must be a non-empty string and cannot contain the following characters: ('/', ':', '.', '%', '"', "'")`,
    )
}

/** What `log_model` makes: a model with files, parameters, tags and metrics of its own, before anybody registers it. */
export const loggedModelService = (kernel: Kernel, experiments: ExperimentService) => {
  const { db, write, ids, clock } = kernel

  const find = async (source: Db, project: string, id: string): Promise<LoggedModelRow> => {
    const row = await store.findLoggedModel(source, project, id)
    if (!row) throw new AppError('not_found', `Logged model with ID '${id}' not found.`)
    return row
  }

  const complete = async (rows: readonly LoggedModelRow[]): Promise<LoggedModel[]> => {
    const data = await store.dataOfLoggedModels(
      db,
      rows.map(({ id }) => id),
    )
    return rows.map((row) => ({ ...row, ...(data.get(row.id) ?? { metrics: [], params: {}, tags: {} }) }))
  }

  const get = async (project: string, id: string): Promise<LoggedModel> => {
    const [model] = await complete([await find(db, project, id)])
    if (!model) throw new AppError('not_found', `Logged model with ID '${id}' not found.`)
    return model
  }

  return {
    get,

    async create(given: NewLoggedModel): Promise<LoggedModel> {
      checkName(given.name ?? '')
      checkPairs(given.params ?? {}, limits.paramLength)
      checkPairs(given.tags ?? {}, limits.tagLength)
      await experiments.get(given.project, given.experiment)
      // MLflow's clients know a logged model by this prefix.
      const id = `m-${ids('m').slice(2)}`
      const now = clock.now()
      await write(async (tx) => {
        await experiments.findActive(tx, given.project, given.experiment)
        if (given.sourceRun && !(await findRun(tx, given.project, given.sourceRun)))
          throw new AppError('not_found', `Run with id=${given.sourceRun} not found`)
        await store.insertLoggedModel(tx, {
          id,
          project: given.project,
          experiment: given.experiment,
          name: given.name || `model-${id.slice(-6)}`,
          status: 'pending',
          statusMessage: null,
          modelType: given.modelType ?? '',
          sourceRun: given.sourceRun || null,
          createdByKind: given.actor.kind,
          createdById: given.actor.id,
          createdByName: given.actor.name,
          createdAt: now,
          updatedAt: now,
          deletedAt: null,
        })
        await store.setLoggedModelParams(tx, id, given.params ?? {})
        await store.setLoggedModelTags(tx, id, given.tags ?? {})
      })
      return get(given.project, id)
    },

    async finish(project: string, id: string, status: 'ready' | 'failed'): Promise<LoggedModel> {
      await write(async (tx) => {
        await find(tx, project, id)
        await store.updateLoggedModel(tx, id, { status, updatedAt: clock.now() })
      })
      return get(project, id)
    },

    async remove(project: string, id: string): Promise<void> {
      await write(async (tx) => {
        await find(tx, project, id)
        await store.updateLoggedModel(tx, id, { deletedAt: clock.now() })
      })
    },

    async setTags(project: string, id: string, tags: Record<string, string>): Promise<LoggedModel> {
      checkPairs(tags, limits.tagLength)
      await write(async (tx) => {
        await find(tx, project, id)
        await store.setLoggedModelTags(tx, id, tags)
        await store.updateLoggedModel(tx, id, { updatedAt: clock.now() })
      })
      return get(project, id)
    },

    async deleteTag(project: string, id: string, key: string): Promise<void> {
      await write(async (tx) => {
        await find(tx, project, id)
        await store.deleteLoggedModelTag(tx, id, key)
      })
    },

    async setParams(project: string, id: string, params: Record<string, string>): Promise<void> {
      checkPairs(params, limits.paramLength)
      await write(async (tx) => {
        await find(tx, project, id)
        await store.setLoggedModelParams(tx, id, params)
      })
    },

    async search(project: string, query: LoggedModelQuery) {
      if (query.experiments.length === 0) return { models: [], next: undefined }
      const { rows, next } = await store.searchLoggedModels(db, {
        project,
        experiments: query.experiments,
        filter: parseFilter(query.filter, loggedModelVocabulary),
        order: parseOrder(query.order ?? [], loggedModelVocabulary),
        limit: query.limit ?? 100,
        after: query.after,
      })
      return { models: await complete(rows), next }
    },
  }
}
