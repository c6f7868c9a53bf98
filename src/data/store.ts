import { sql } from 'kysely'
import type { Actor } from '../kernel/contract.ts'
import { type Db, tables } from '../kernel/db/tables.ts'
import type { Branch, Commit, Tag } from './contract.ts'

type InRepository = { project: string; repository: string }
type RepositoryRow = { project: string; name: string; description: string | null; createdAt: number }
type BranchRow = InRepository & { name: string; head: string; createdAt: number; updatedAt: number }
type TagRow = InRepository & { name: string; commitId: string; createdAt: number; createdBy: string }
type CommitRow = InRepository & {
  id: string
  tree: string
  firstParent: string | null
  parents: string
  author: string
  message: string
  at: number
  added: number
  changed: number
  removed: number
  isProfiled: number
}
export type ProfileRow = {
  digest: string
  format: string
  rows: number | null
  columns: string
  error: string | null
}
type DataTables = {
  dataRepository: RepositoryRow
  dataBranch: BranchRow
  dataTag: TagRow
  dataCommit: CommitRow
  dataProfile: ProfileRow
}

const at = tables<DataTables>()

/** Where something is: the repository, and a name in it. */
export type Named = InRepository & { name: string }

const toCommit = (row: CommitRow): Commit => ({
  id: row.id,
  project: row.project,
  repository: row.repository,
  tree: row.tree,
  parents: JSON.parse(row.parents) as string[],
  author: JSON.parse(row.author) as Actor,
  message: row.message,
  at: row.at,
  added: row.added,
  changed: row.changed,
  removed: row.removed,
})

const toBranch = ({ name, head, createdAt, updatedAt }: BranchRow): Branch => ({
  name,
  head,
  createdAt,
  updatedAt,
})

const toTag = (row: TagRow): Tag => ({
  name: row.name,
  commit: row.commitId,
  createdAt: row.createdAt,
  createdBy: JSON.parse(row.createdBy) as Actor,
})

export const repositoryStore = (db: Db) => ({
  find: (project: string, name: string) =>
    at(db)
      .selectFrom('dataRepository')
      .selectAll()
      .where('project', '=', project)
      .where('name', '=', name)
      .executeTakeFirst(),
  list: (project: string) =>
    at(db).selectFrom('dataRepository').selectAll().where('project', '=', project).orderBy('name').execute(),
  /** False when it was there already. */
  insert: async (row: RepositoryRow): Promise<boolean> => {
    const result = await at(db)
      .insertInto('dataRepository')
      .values(row)
      .onConflict((conflict) => conflict.columns(['project', 'name']).doNothing())
      .executeTakeFirst()
    return (result.numInsertedOrUpdatedRows ?? 0n) > 0n
  },
})

const one = (db: Db, table: 'dataBranch' | 'dataTag', key: Named) =>
  at(db)
    .deleteFrom(table)
    .where('project', '=', key.project)
    .where('repository', '=', key.repository)
    .where('name', '=', key.name)
    .execute()

export const refStore = (db: Db) => ({
  branch: async (key: Named): Promise<Branch | undefined> => {
    const row = await at(db)
      .selectFrom('dataBranch')
      .selectAll()
      .where('project', '=', key.project)
      .where('repository', '=', key.repository)
      .where('name', '=', key.name)
      .executeTakeFirst()
    return row && toBranch(row)
  },
  branches: async (project: string, repository?: string): Promise<(Branch & { repository: string })[]> => {
    let query = at(db).selectFrom('dataBranch').selectAll().where('project', '=', project)
    if (repository !== undefined) query = query.where('repository', '=', repository)
    const rows = await query.orderBy('repository').orderBy('name').execute()
    return rows.map((row) => ({ ...toBranch(row), repository: row.repository }))
  },
  putBranch: (key: Named, head: string, now: number) =>
    at(db)
      .insertInto('dataBranch')
      .values({
        project: key.project,
        repository: key.repository,
        name: key.name,
        head,
        createdAt: now,
        updatedAt: now,
      })
      .onConflict((conflict) =>
        conflict.columns(['project', 'repository', 'name']).doUpdateSet({ head, updatedAt: now }),
      )
      .execute(),
  deleteBranch: (key: Named) => one(db, 'dataBranch', key),
  tag: async (key: Named): Promise<Tag | undefined> => {
    const row = await at(db)
      .selectFrom('dataTag')
      .selectAll()
      .where('project', '=', key.project)
      .where('repository', '=', key.repository)
      .where('name', '=', key.name)
      .executeTakeFirst()
    return row && toTag(row)
  },
  tags: async ({ project, repository }: InRepository): Promise<Tag[]> => {
    const rows = await at(db)
      .selectFrom('dataTag')
      .selectAll()
      .where('project', '=', project)
      .where('repository', '=', repository)
      .orderBy('name')
      .execute()
    return rows.map(toTag)
  },
  insertTag: ({ project, repository }: InRepository, tag: Tag) =>
    at(db)
      .insertInto('dataTag')
      .values({
        project,
        repository,
        name: tag.name,
        commitId: tag.commit,
        createdAt: tag.createdAt,
        createdBy: JSON.stringify(tag.createdBy),
      })
      .execute(),
  deleteTag: (key: Named) => one(db, 'dataTag', key),
})

export const commitStore = (db: Db) => ({
  find: async (id: string): Promise<Commit | undefined> => {
    const row = await at(db).selectFrom('dataCommit').selectAll().where('id', '=', id).executeTakeFirst()
    return row && toCommit(row)
  },
  /** Commits of a repository whose id starts with these hex digits, at most two: one is an answer, two are a question. */
  startingWith: async ({ project, repository }: InRepository, prefix: string): Promise<Commit[]> => {
    const rows = await at(db)
      .selectFrom('dataCommit')
      .selectAll()
      .where('project', '=', project)
      .where('repository', '=', repository)
      .where('id', '>=', prefix)
      .where('id', '<', `${prefix}g`)
      .limit(2)
      .execute()
    return rows.map(toCommit)
  },
  insert: ({ parents, author, ...commit }: Commit) =>
    at(db)
      .insertInto('dataCommit')
      .values({
        ...commit,
        firstParent: parents[0] ?? null,
        parents: JSON.stringify(parents),
        author: JSON.stringify(author),
        isProfiled: 0,
      })
      .execute(),
  /** A commit and those before it along first parents. */
  log: async (id: string, limit: number): Promise<Commit[]> => {
    const rows = await at(db)
      .withRecursive('chain(id, depth)', (query) =>
        query
          .selectFrom('dataCommit')
          .select(['dataCommit.id', sql<number>`0`.as('depth')])
          .where('dataCommit.id', '=', id)
          .unionAll(
            query
              .selectFrom('chain')
              .innerJoin('dataCommit', 'dataCommit.id', 'chain.id')
              .select([sql<string>`first_parent`.as('id'), sql<number>`depth + 1`.as('depth')])
              .where('dataCommit.firstParent', 'is not', null)
              .where('chain.depth', '<', limit - 1),
          ),
      )
      .selectFrom('chain')
      .innerJoin('dataCommit', 'dataCommit.id', 'chain.id')
      .selectAll('dataCommit')
      .orderBy('chain.depth')
      .execute()
    return rows.map(toCommit)
  },
})

export const profileStore = (db: Db) => ({
  waiting: async (limit: number): Promise<Commit[]> => {
    const rows = await at(db)
      .selectFrom('dataCommit')
      .selectAll()
      .where('isProfiled', '=', 0)
      .orderBy('at')
      .limit(limit)
      .execute()
    return rows.map(toCommit)
  },
  isDone: async (commit: string): Promise<boolean> => {
    const row = await at(db)
      .selectFrom('dataCommit')
      .select('isProfiled')
      .where('id', '=', commit)
      .executeTakeFirst()
    return row?.isProfiled === 1
  },
  done: (commit: string) =>
    at(db).updateTable('dataCommit').set({ isProfiled: 1 }).where('id', '=', commit).execute(),
  of: async (digests: readonly string[]): Promise<ProfileRow[]> =>
    digests.length === 0
      ? []
      : at(db)
          .selectFrom('dataProfile')
          .selectAll()
          .where('digest', 'in', [...digests])
          .execute(),
  insert: (row: ProfileRow) =>
    at(db)
      .insertInto('dataProfile')
      .values(row)
      .onConflict((conflict) => conflict.columns(['digest', 'format']).doNothing())
      .execute(),
})
