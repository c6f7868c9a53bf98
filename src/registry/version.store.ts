import type { Db, Tx } from '../kernel/db/tables.ts'
import { type ApprovalRow, at, type CandidateRow, type VersionRow } from './tables.ts'

export type VersionKey = { project: string; model: string; version: number }

export const insertVersion = (tx: Tx, row: VersionRow) =>
  at(tx).insertInto('modelVersion').values(row).execute()

export const findVersion = (
  db: Db,
  { project, model, version }: VersionKey,
): Promise<VersionRow | undefined> =>
  at(db)
    .selectFrom('modelVersion')
    .selectAll()
    .where('project', '=', project)
    .where('model', '=', model)
    .where('version', '=', version)
    .where('deletedAt', 'is', null)
    .executeTakeFirst()

/** All versions of a model, newest first; below a number, for the next page. */
export const versionsOf = (
  db: Db,
  model: { project: string; model: string },
  { before, limit }: { before?: number | undefined; limit?: number | undefined } = {},
): Promise<VersionRow[]> => {
  let query = at(db)
    .selectFrom('modelVersion')
    .selectAll()
    .where('project', '=', model.project)
    .where('model', '=', model.model)
    .where('deletedAt', 'is', null)
    .orderBy('version', 'desc')
  if (before !== undefined) query = query.where('version', '<', before)
  if (limit !== undefined) query = query.limit(limit)
  return query.execute()
}

export const updateVersion = (tx: Tx, { project, model, version }: VersionKey, change: Partial<VersionRow>) =>
  at(tx)
    .updateTable('modelVersion')
    .set(change)
    .where('project', '=', project)
    .where('model', '=', model)
    .where('version', '=', version)
    .execute()

export const countWaiting = async (db: Db, project: string): Promise<Map<string, number>> => {
  const rows = await at(db)
    .selectFrom('modelVersion')
    .select(['model', (eb) => eb.fn.countAll<number>().as('waiting')])
    .where('project', '=', project)
    .where('approvalState', '=', 'pending')
    .where('deletedAt', 'is', null)
    .groupBy('model')
    .execute()
  return new Map(rows.map(({ model, waiting }) => [model, waiting]))
}

export const tagsOfVersion = async (db: Db, key: VersionKey): Promise<Record<string, string>> => {
  const rows = await at(db)
    .selectFrom('modelVersionTag')
    .selectAll()
    .where('project', '=', key.project)
    .where('model', '=', key.model)
    .where('version', '=', key.version)
    .orderBy('key')
    .execute()
  return Object.fromEntries(rows.map((row) => [row.key, row.value]))
}

export const setVersionTag = (tx: Tx, row: VersionKey & { key: string; value: string }) =>
  at(tx)
    .insertInto('modelVersionTag')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['project', 'model', 'version', 'key']).doUpdateSet({ value: row.value }),
    )
    .execute()

export const deleteVersionTag = (tx: Tx, row: VersionKey & { key: string }) =>
  at(tx)
    .deleteFrom('modelVersionTag')
    .where('project', '=', row.project)
    .where('model', '=', row.model)
    .where('version', '=', row.version)
    .where('key', '=', row.key)
    .execute()

export const aliasesOf = (db: Db, model: { project: string; model?: string }) => {
  const query = at(db)
    .selectFrom('modelAlias')
    .selectAll()
    .where('project', '=', model.project)
    .orderBy('alias')
  return (model.model === undefined ? query : query.where('model', '=', model.model)).execute()
}

export const putAlias = (tx: Tx, row: VersionKey & { alias: string }) =>
  at(tx)
    .insertInto('modelAlias')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['project', 'model', 'alias']).doUpdateSet({ version: row.version }),
    )
    .execute()

export const removeAlias = (tx: Tx, row: { project: string; model: string; alias: string }) =>
  at(tx)
    .deleteFrom('modelAlias')
    .where('project', '=', row.project)
    .where('model', '=', row.model)
    .where('alias', '=', row.alias)
    .returning('version')
    .executeTakeFirst()

export const approvalsOf = (db: Db, { project, model, version }: VersionKey): Promise<ApprovalRow[]> =>
  at(db)
    .selectFrom('modelApproval')
    .selectAll()
    .where('project', '=', project)
    .where('model', '=', model)
    .where('version', '=', version)
    .orderBy('at')
    .orderBy('id')
    .execute()

export const insertApproval = (tx: Tx, row: ApprovalRow) =>
  at(tx).insertInto('modelApproval').values(row).execute()

export const insertCandidate = (tx: Tx, row: CandidateRow) =>
  at(tx).insertInto('modelCandidate').values(row).execute()

export const findCandidate = (
  db: Db,
  { project, pipelineRun, step }: { project: string; pipelineRun: string; step: string },
): Promise<CandidateRow | undefined> =>
  at(db)
    .selectFrom('modelCandidate')
    .selectAll()
    .where('project', '=', project)
    .where('pipelineRun', '=', pipelineRun)
    .where('step', '=', step)
    .executeTakeFirst()

export type CandidateQuery = {
  decision?: CandidateRow['decision'] | undefined
  limit?: number | undefined
  after?: string | undefined
}

/** Newest first: ids grow with time. */
export const candidatesOf = (
  db: Db,
  model: { project: string; model: string },
  { decision, limit = 100, after }: CandidateQuery,
): Promise<CandidateRow[]> => {
  let query = at(db)
    .selectFrom('modelCandidate')
    .selectAll()
    .where('project', '=', model.project)
    .where('model', '=', model.model)
    .orderBy('id', 'desc')
    .limit(limit)
  if (decision) query = query.where('decision', '=', decision)
  if (after) query = query.where('id', '<', after)
  return query.execute()
}
