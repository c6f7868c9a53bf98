import type { Db } from '../kernel/db/tables.ts'
import { AppError } from '../kernel/errors.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { checkKey, checkLength } from '../tracking/index.ts'
import { modelDeleted, modelRenamed } from './contract.ts'
import * as store from './model.store.ts'
import { type Model, modelDefinition } from './schemas.ts'
import { type Search, searchModels } from './search.ts'
import { sealOf } from './seal.ts'
import type { ModelRow } from './tables.ts'
import { type ActorRef, missingModel } from './version.service.ts'
import * as versions from './version.store.ts'
import { toModel } from './view.ts'

const tagLength = 100_000

/** Names that clients may give; those of the project file are narrower. */
const checkModelName = (name: string, parameter = 'name'): void => {
  if (name.trim() === '')
    throw new AppError('invalid', `Missing value for required parameter '${parameter}'.`)
  if (/[/:]/.test(name))
    throw new AppError('invalid', `Invalid model name '${name}'. Names cannot contain '/' or ':'.`)
  // oxlint-disable-next-line no-control-regex -- control characters are exactly what is looked for
  if (/^\.\.?$|[\\\u0000-\u001f]/.test(name) || name.length > 250)
    throw new AppError(
      'invalid',
      `Invalid value ${JSON.stringify(name)} for parameter '${parameter}' supplied: It can't be the name of a model.`,
    )
}

export const modelService = ({ db, write, ledger, clock, definitions, keys }: Kernel) => {
  const mustFind = async (source: Db, project: string, name: string): Promise<ModelRow> => {
    const row = await store.findModel(source, project, name)
    if (!row) throw missingModel(name)
    return row
  }

  /** A model that is declared and has no version yet is there too. */
  const declaredOnly = async (project: string, known: readonly ModelRow[]): Promise<ModelRow[]> => {
    const names = new Set(known.map(({ name }) => name))
    return (await definitions.list(project, modelDefinition))
      .filter(({ name }) => !names.has(name))
      .map(({ name, createdAt }) => ({
        project,
        name,
        description: null,
        lastVersion: 0,
        createdAt,
        updatedAt: createdAt,
        deletedAt: null,
      }))
  }

  const complete = async (project: string, rows: readonly ModelRow[]): Promise<Model[]> => {
    const waiting = await versions.countWaiting(db, project)
    const aliases = await versions.aliasesOf(db, { project })
    const models: Model[] = []
    for (const row of rows) {
      const [latest] = await versions.versionsOf(db, { project, model: row.name }, { limit: 1 })
      models.push(
        toModel(row, {
          definition: (await definitions.get(project, modelDefinition, row.name))?.body,
          latestVersion: latest?.version ?? null,
          aliases: aliases.filter(({ model }) => model === row.name),
          tags: await store.modelTags(db, project, row.name),
          waiting: waiting.get(row.name) ?? 0,
        }),
      )
    }
    return models
  }

  const get = async (project: string, name: string): Promise<Model> => {
    const stored = await store.findModel(db, project, name)
    const row = stored ?? (await declaredOnly(project, [])).find((one) => one.name === name)
    const [model] = row ? await complete(project, [row]) : []
    if (!model) throw missingModel(name)
    return model
  }

  return {
    get,

    async list(project: string): Promise<Model[]> {
      const stored = await store.listModels(db, project)
      const all = [...stored, ...(await declaredOnly(project, stored))]
      return complete(
        project,
        all.sort((a, b) => (a.name < b.name ? -1 : 1)),
      )
    },

    async search(search: Search) {
      const { rows, next } = await searchModels(db, search)
      return { models: await complete(search.project, rows), next }
    },

    async create(
      project: string,
      given: { name: string; description: string | null; tags: Record<string, string> },
    ): Promise<Model> {
      checkModelName(given.name)
      for (const [key, value] of Object.entries(given.tags)) {
        checkKey(key, 'key')
        checkLength(value, tagLength, 'value')
      }
      await write(async (tx) => {
        const made = await store.insertModel(tx, {
          project,
          name: given.name,
          description: given.description,
          now: clock.now(),
        })
        if (!made)
          throw new AppError('conflict', `Registered Model (name=${given.name}) already exists.`, {
            hint: 'Add a version to it, or choose another name.',
          })
        for (const [key, value] of Object.entries(given.tags))
          await store.setModelTag(tx, { project, model: given.name, key, value })
      })
      return get(project, given.name)
    },

    async describe(project: string, name: string, description: string): Promise<Model> {
      await write(async (tx) => {
        await mustFind(tx, project, name)
        await store.updateModel(tx, { project, name }, { description, updatedAt: clock.now() })
      })
      return get(project, name)
    },

    /** Gives a model another name; its versions come along and are sealed anew, for the seal covers the name. */
    async rename(project: string, names: { from: string; to: string }, actor: ActorRef): Promise<Model> {
      const { from, to } = names
      checkModelName(to, 'new_name')
      const declared = await definitions.get(project, modelDefinition, from)
      if (declared)
        throw new AppError('conflict', `${from} is declared in the project file.`, {
          hint: 'Rename it there and apply.',
        })
      await write(async (tx) => {
        await mustFind(tx, project, from)
        if (await store.isNameTaken(tx, project, to))
          throw new AppError('conflict', `Registered Model (name=${to}) already exists.`, {
            hint: 'Choose a name that was never given: numbers of versions must not be used twice.',
          })
        await store.renameModel(tx, { project, name: from }, to)
        await store.updateModel(tx, { project, name: to }, { updatedAt: clock.now() })
        for (const row of await versions.versionsOf(tx, { project, model: to }))
          await versions.updateVersion(tx, row, { seal: sealOf(row, keys.privateKey) })
        await ledger.append(tx, {
          event: modelRenamed,
          project,
          subject: `model/${to}`,
          data: { from, to },
          actor,
        })
      })
      return get(project, to)
    },

    async remove(project: string, name: string, actor: ActorRef): Promise<void> {
      await write(async (tx) => {
        await mustFind(tx, project, name)
        await store.removeModel(tx, { project, name }, clock.now())
        await ledger.append(tx, {
          event: modelDeleted,
          project,
          subject: `model/${name}`,
          data: { model: name },
          actor,
        })
      })
    },

    async setTag(project: string, model: string, tag: { key: string; value: string }): Promise<void> {
      checkKey(tag.key, 'key')
      checkLength(tag.value, tagLength, 'value')
      await write(async (tx) => {
        await mustFind(tx, project, model)
        await store.setModelTag(tx, { project, model, ...tag })
      })
    },

    async deleteTag(project: string, model: string, key: string): Promise<void> {
      await write(async (tx) => {
        await mustFind(tx, project, model)
        await store.deleteModelTag(tx, { project, model, key })
      })
    },
  }
}
