import { createHash } from 'node:crypto'
import { AppError } from '../kernel/errors.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { Db, Tx } from '../kernel/db/tables.ts'
import * as store from './experiment.store.ts'
import { checkKey, checkLength, limits } from './keys.ts'
import type { Experiment } from './schemas.ts'
import { parseFilter } from './search/filter.ts'
import { parseOrder } from './search/order.ts'
import { experimentVocabulary } from './search/vocabulary.ts'
import type { ExperimentRow } from './tables.ts'

export type StoredExperiment = Experiment & { artifactLocation: string | null }

const defaultExperimentName = 'Default'

/** The id of a project's experiment `Default` follows from the project, so that nobody has to look it up. */
export const defaultExperimentId = (project: string): string =>
  `exp_default_${createHash('sha256').update(project).digest('hex').slice(0, 16)}`

const toExperiment = (row: ExperimentRow, tags: Record<string, string>): StoredExperiment => ({
  id: row.id,
  name: row.name,
  lifecycle: row.lifecycle,
  artifactLocation: row.artifactLocation,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
  tags,
})

const missing = (what: string) =>
  new AppError('not_found', `No Experiment with ${what} exists`, {
    hint: 'List what there is with `esteira runs experiments`.',
  })

const checkTags = (tags: Readonly<Record<string, string>>) => {
  for (const [key, value] of Object.entries(tags)) {
    checkKey(key, 'key')
    checkLength(value, limits.experimentTagLength, 'value')
  }
}

const checkName = (name: string) => {
  if (name.trim() === '')
    throw new AppError('invalid', `Invalid experiment name: '${name}'`, { hint: 'Give it a name.' })
  checkLength(name, limits.experimentNameLength, 'name')
}

export type NewExperiment = {
  name: string
  tags?: Record<string, string> | undefined
  artifactLocation?: string | null | undefined
}

export type ExperimentQuery = {
  filter?: string | undefined
  order?: readonly string[] | undefined
  lifecycle?: 'active' | 'deleted' | 'all' | undefined
  limit?: number | undefined
  after?: string | undefined
}

export const experimentService = ({ db, write, ids, clock }: Kernel) => {
  const withTags = async (rows: readonly ExperimentRow[]) => {
    const tags = await store.experimentTags(
      db,
      rows.map(({ id }) => id),
    )
    return rows.map((row) => toExperiment(row, tags.get(row.id) ?? {}))
  }

  const newRow = (project: string, id: string, { name, artifactLocation }: NewExperiment): ExperimentRow => {
    const now = clock.now()
    return {
      id,
      project,
      name,
      lifecycle: 'active',
      artifactLocation: artifactLocation ?? null,
      createdAt: now,
      updatedAt: now,
    }
  }

  const ensureDefault = async (project: string): Promise<void> => {
    const id = defaultExperimentId(project)
    if (await store.findExperiment(db, project, { id })) return
    await write((tx) => store.insertExperiment(tx, newRow(project, id, { name: defaultExperimentName })))
  }

  const find = async (source: Db, project: string, id: string): Promise<ExperimentRow> => {
    const row = await store.findExperiment(source, project, { id })
    if (!row) throw missing(`id=${id}`)
    return row
  }

  /** The row, for a change: a deleted experiment takes none. */
  const findActive = async (tx: Tx, project: string, id: string): Promise<ExperimentRow> => {
    const row = await find(tx, project, id)
    if (row.lifecycle !== 'active')
      throw new AppError(
        'invalid',
        `The experiment ${id} must be in the 'active' state. Current state is ${row.lifecycle}.`,
        {
          hint: 'Restore it first.',
        },
      )
    return row
  }

  const get = async (project: string, id: string): Promise<StoredExperiment> => {
    if (id === defaultExperimentId(project)) await ensureDefault(project)
    const [experiment] = await withTags([await find(db, project, id)])
    if (!experiment) throw missing(`id=${id}`)
    return experiment
  }

  const create = async (project: string, given: NewExperiment): Promise<StoredExperiment> => {
    checkName(given.name)
    checkTags(given.tags ?? {})
    await ensureDefault(project)
    const id = ids('exp')
    await write(async (tx) => {
      const made = await store.insertExperiment(tx, newRow(project, id, given))
      if (!made) {
        const known = await store.findExperiment(tx, project, { name: given.name })
        throw new AppError('conflict', `Experiment(name=${given.name}) already exists.`, {
          hint:
            known?.lifecycle === 'deleted'
              ? 'It is deleted, and keeps its name: restore it.'
              : 'Choose another name.',
        })
      }
      await store.setExperimentTags(tx, id, given.tags ?? {})
    })
    return get(project, id)
  }

  return {
    ensureDefault,
    findActive,
    get,
    create,

    locations: (experimentIds: readonly string[]) => store.artifactLocations(db, [...new Set(experimentIds)]),

    async byName(project: string, name: string): Promise<StoredExperiment> {
      if (name === defaultExperimentName) await ensureDefault(project)
      const row = await store.findExperiment(db, project, { name })
      if (!row) throw missing(`name='${name}'`)
      return get(project, row.id)
    },

    /** The experiment of this name, made if it is not there yet. */
    async ensure(project: string, name: string): Promise<string> {
      if (name === defaultExperimentName) {
        await ensureDefault(project)
        return defaultExperimentId(project)
      }
      checkName(name)
      return write(async (tx) => {
        await store.insertExperiment(tx, newRow(project, ids('exp'), { name }))
        const row = await store.findExperiment(tx, project, { name })
        if (!row) throw missing(`name='${name}'`)
        return row.id
      })
    },

    async search(project: string, query: ExperimentQuery) {
      await ensureDefault(project)
      const { rows, next } = await store.searchExperiments(db, {
        project,
        lifecycle: query.lifecycle ?? 'active',
        filter: parseFilter(query.filter, experimentVocabulary),
        order: parseOrder(query.order ?? [], experimentVocabulary),
        limit: query.limit ?? 100,
        after: query.after,
      })
      return { experiments: await withTags(rows), next }
    },

    async rename(project: string, id: string, name: string): Promise<void> {
      checkName(name)
      await write(async (tx) => {
        await findActive(tx, project, id)
        const taken = await store.findExperiment(tx, project, { name })
        if (taken && taken.id !== id)
          throw new AppError('conflict', `Experiment(name=${name}) already exists.`)
        await store.updateExperiment(tx, id, { name, updatedAt: clock.now() })
      })
    },

    async remove(project: string, id: string): Promise<void> {
      await write(async (tx) => {
        await findActive(tx, project, id)
        const now = clock.now()
        await store.updateExperiment(tx, id, { lifecycle: 'deleted', updatedAt: now })
        await store.moveRunsOfExperiment(tx, id, { to: 'deleted', at: now })
      })
    },

    async restore(project: string, id: string): Promise<void> {
      await write(async (tx) => {
        const row = await find(tx, project, id)
        if (row.lifecycle !== 'deleted') throw missing(`id=${id} in the 'deleted' state`)
        await store.updateExperiment(tx, id, { lifecycle: 'active', updatedAt: clock.now() })
        await store.moveRunsOfExperiment(tx, id, { to: 'active', at: row.updatedAt })
      })
    },

    async setTags(project: string, id: string, tags: Record<string, string>): Promise<void> {
      checkTags(tags)
      await write(async (tx) => {
        await findActive(tx, project, id)
        await store.setExperimentTags(tx, id, tags)
        await store.updateExperiment(tx, id, { updatedAt: clock.now() })
      })
    },

    async deleteTag(project: string, id: string, key: string): Promise<void> {
      await write(async (tx) => {
        await findActive(tx, project, id)
        const deleted = await store.deleteExperimentTag(tx, id, key)
        if (!deleted) throw new AppError('not_found', `No tag with name: ${key} in experiment with id ${id}`)
      })
    },
  }
}
export type ExperimentService = ReturnType<typeof experimentService>
