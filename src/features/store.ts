import { type Db, tables } from '../kernel/db/tables.ts'
import type { Materialisation } from './contract.ts'

type OnlineRow = {
  project: string
  view: string
  attempted: string
  version: number | null
  commitId: string | null
  digest: string | null
  rows: number | null
  madeAt: number | null
  error: string | null
  errorCommit: string | null
  errorAt: number | null
}

export type OnlineState = {
  attempted: string
  snapshot: Materialisation | null
  lastError: { message: string; commit: string; at: number } | null
}

const at = tables<{ featureOnline: OnlineRow }>()

const snapshotOf = ({ version, commitId, digest, rows, madeAt }: OnlineRow): Materialisation | null =>
  version === null || commitId === null || digest === null || rows === null || madeAt === null
    ? null
    : { version, commit: commitId, digest, rows, at: madeAt }

const errorOf = ({ error, errorCommit, errorAt }: OnlineRow): OnlineState['lastError'] =>
  error === null || errorCommit === null || errorAt === null
    ? null
    : { message: error, commit: errorCommit, at: errorAt }

export const onlineStore = (db: Db) => {
  const put = (key: { project: string; view: string; attempted: string }, change: Partial<OnlineRow>) => {
    const empty = { version: null, commitId: null, digest: null, rows: null, madeAt: null }
    const none = { error: null, errorCommit: null, errorAt: null }
    return at(db)
      .insertInto('featureOnline')
      .values({ ...empty, ...none, ...key, ...change })
      .onConflict((conflict) =>
        conflict.columns(['project', 'view']).doUpdateSet({ attempted: key.attempted, ...none, ...change }),
      )
      .execute()
  }
  return {
    find: async (project: string, view: string): Promise<OnlineState | undefined> => {
      const row = await at(db)
        .selectFrom('featureOnline')
        .selectAll()
        .where('project', '=', project)
        .where('view', '=', view)
        .executeTakeFirst()
      return row && { attempted: row.attempted, snapshot: snapshotOf(row), lastError: errorOf(row) }
    },
    succeeded: (key: { project: string; view: string; attempted: string }, made: Materialisation) => {
      const { version, commit, digest, rows, at } = made
      return put(key, { version, commitId: commit, digest, rows, madeAt: at })
    },
    failed: (
      key: { project: string; view: string; attempted: string },
      failure: { message: string; commit: string; at: number },
    ) => put(key, { error: failure.message, errorCommit: failure.commit, errorAt: failure.at }),
  }
}
