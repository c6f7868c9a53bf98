import type { Db, Tx } from '../kernel/db/tables.ts'
import type { Artifact, StepError } from './contract.ts'
import type { CacheParts } from './cache/key.ts'
import { at, type AttemptRow, type CacheRow } from './tables.ts'

/** The id of an attempt follows from its run and token, so that every server and executor calls it the same. */
export const attemptId = (run: string, token: number): string => `${run}_${token}`

/** The other way: undefined when it is no id of an attempt. */
export const attemptOf = (id: string): { run: string; token: number } | undefined => {
  const [, run, token] = /^(.+)_([0-9]+)$/.exec(id) ?? []
  return run === undefined ? undefined : { run, token: Number(token) }
}

export const insertAttempt = (
  tx: Tx,
  attempt: Pick<AttemptRow, 'run' | 'step' | 'attempt' | 'token' | 'startedAt'>,
) =>
  at(tx)
    .insertInto('pipelineAttempt')
    .values({
      ...attempt,
      id: attemptId(attempt.run, attempt.token),
      status: 'starting',
      finishedAt: null,
      wallMs: null,
      cpuMs: null,
      peakMemoryBytes: null,
      exitCode: null,
      signal: null,
      error: null,
      log: null,
      logBytes: null,
    })
    .execute()

export const updateAttempt = (
  tx: Tx,
  id: string,
  changes: Partial<Omit<AttemptRow, 'id' | 'run' | 'step' | 'token'>>,
) => at(tx).updateTable('pipelineAttempt').set(changes).where('id', '=', id).execute()

/** A step taken from the cache made no attempt. */
export const removeAttempt = (tx: Tx, id: string) =>
  at(tx).deleteFrom('pipelineAttempt').where('id', '=', id).execute()

export const findAttempts = (db: Db, run: string): Promise<AttemptRow[]> =>
  at(db).selectFrom('pipelineAttempt').selectAll().where('run', '=', run).orderBy('token').execute()

export const errorText = (error: StepError | null): string | null =>
  error === null ? null : JSON.stringify(error)

export const setCacheParts = (tx: Tx, step: { run: string; name: string; key: string; parts: CacheParts }) =>
  at(tx)
    .updateTable('pipelineStep')
    .set({ cacheKey: step.key, cacheParts: JSON.stringify(step.parts) })
    .where('run', '=', step.run)
    .where('name', '=', step.name)
    .execute()

export const findCacheKey = async (db: Db, run: string, step: string): Promise<string | null> => {
  const row = await at(db)
    .selectFrom('pipelineStep')
    .select('cacheKey')
    .where('run', '=', run)
    .where('name', '=', step)
    .executeTakeFirst()
  return row?.cacheKey ?? null
}

export type CacheEntry = { run: string; step: string; outputs: Record<string, Artifact> }

export const findCached = async (db: Db, project: string, key: string): Promise<CacheEntry | undefined> => {
  const row = await at(db)
    .selectFrom('pipelineCache')
    .selectAll()
    .where('project', '=', project)
    .where('key', '=', key)
    .executeTakeFirst()
  return row && { run: row.run, step: row.step, outputs: JSON.parse(row.outputs) as CacheEntry['outputs'] }
}

/** The newest result stands for its key. */
export const keepCached = (
  tx: Tx,
  entry: Omit<CacheRow, 'outputs'> & { outputs: Record<string, Artifact> },
) => {
  const row = { ...entry, outputs: JSON.stringify(entry.outputs) }
  return at(tx)
    .insertInto('pipelineCache')
    .values(row)
    .onConflict((conflict) => conflict.columns(['project', 'key']).doUpdateSet(row))
    .execute()
}
