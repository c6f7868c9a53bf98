import type { Db, Tx } from '../kernel/db/tables.ts'
import { at, type ModelRow } from './tables.ts'

export const findModel = (db: Db, project: string, name: string): Promise<ModelRow | undefined> =>
  at(db)
    .selectFrom('model')
    .selectAll()
    .where('project', '=', project)
    .where('name', '=', name)
    .where('deletedAt', 'is', null)
    .executeTakeFirst()

/** Was the name ever given, even to a model that is deleted now? */
export const isNameTaken = async (db: Db, project: string, name: string): Promise<boolean> => {
  const row = await at(db)
    .selectFrom('model')
    .select('name')
    .where('project', '=', project)
    .where('name', '=', name)
    .executeTakeFirst()
  return row !== undefined
}

/** Makes the model, or brings a deleted one back with its count of versions. False when it is there already. */
export const insertModel = async (
  tx: Tx,
  model: { project: string; name: string; description: string | null; now: number },
) => {
  const { project, name, description, now } = model
  const made = await at(tx)
    .insertInto('model')
    .values({ project, name, description, lastVersion: 0, createdAt: now, updatedAt: now, deletedAt: null })
    .onConflict((conflict) =>
      conflict
        .columns(['project', 'name'])
        .doUpdateSet({ description, createdAt: now, updatedAt: now, deletedAt: null })
        .where('model.deletedAt', 'is not', null),
    )
    .returning('name')
    .executeTakeFirst()
  return made !== undefined
}

export const updateModel = (tx: Tx, model: { project: string; name: string }, change: Partial<ModelRow>) =>
  at(tx)
    .updateTable('model')
    .set(change)
    .where('project', '=', model.project)
    .where('name', '=', model.name)
    .execute()

export const listModels = (db: Db, project: string): Promise<ModelRow[]> =>
  at(db)
    .selectFrom('model')
    .selectAll()
    .where('project', '=', project)
    .where('deletedAt', 'is', null)
    .orderBy('name')
    .execute()

export const modelTags = async (db: Db, project: string, model: string): Promise<Record<string, string>> => {
  const rows = await at(db)
    .selectFrom('modelTag')
    .selectAll()
    .where('project', '=', project)
    .where('model', '=', model)
    .orderBy('key')
    .execute()
  return Object.fromEntries(rows.map(({ key, value }) => [key, value]))
}

export const setModelTag = (tx: Tx, row: { project: string; model: string; key: string; value: string }) =>
  at(tx)
    .insertInto('modelTag')
    .values(row)
    .onConflict((conflict) => conflict.columns(['project', 'model', 'key']).doUpdateSet({ value: row.value }))
    .execute()

export const deleteModelTag = (tx: Tx, row: { project: string; model: string; key: string }) =>
  at(tx)
    .deleteFrom('modelTag')
    .where('project', '=', row.project)
    .where('model', '=', row.model)
    .where('key', '=', row.key)
    .execute()

/** Deletes the model and its names; the row stays behind and keeps the count of its versions. */
export const removeModel = async (
  tx: Tx,
  { project, name }: { project: string; name: string },
  now: number,
) => {
  await updateModel(tx, { project, name }, { deletedAt: now })
  await at(tx)
    .updateTable('modelVersion')
    .set({ deletedAt: now })
    .where('project', '=', project)
    .where('model', '=', name)
    .where('deletedAt', 'is', null)
    .execute()
  for (const table of ['modelTag', 'modelVersionTag', 'modelAlias'] as const)
    await at(tx).deleteFrom(table).where('project', '=', project).where('model', '=', name).execute()
}

/** Gives the model another name, with everything that belongs to it. */
export const renameModel = async (tx: Tx, model: { project: string; name: string }, name: string) => {
  await updateModel(tx, model, { name })
  for (const table of [
    'modelTag',
    'modelVersion',
    'modelVersionTag',
    'modelAlias',
    'modelCandidate',
    'modelApproval',
  ] as const)
    await at(tx)
      .updateTable(table)
      .set({ model: name })
      .where('project', '=', model.project)
      .where('model', '=', model.name)
      .execute()
}
