import type { Db, Tx } from '../../kernel/db/tables.ts'
import type { DesiredVariant } from '../contract.ts'
import type { Signature } from '../signature.ts'
import { at, type EndpointRow, type ReleaseRow } from '../tables.ts'

type ReleaseKind = 'release' | 'rollback'
/** A release is a version of a model, frozen for one endpoint: it never changes. */
export type StoredRelease = Omit<ReleaseRow, 'kind' | 'tree' | 'signature' | 'createdBy'> & {
  kind: ReleaseKind
  tree: DesiredVariant['tree']
  signature: Signature
  createdBy: { kind: string; id: string; name: string }
}
export type EndpointKey = { project: string; endpoint: string }

const toRelease = (row: ReleaseRow): StoredRelease => ({
  ...row,
  kind: row.kind as ReleaseKind,
  tree: JSON.parse(row.tree) as DesiredVariant['tree'],
  signature: JSON.parse(row.signature) as Signature,
  createdBy: JSON.parse(row.createdBy) as StoredRelease['createdBy'],
})

export const releaseStore = {
  insert: async (tx: Tx, release: StoredRelease): Promise<void> => {
    const { tree, signature, createdBy } = release
    const json = {
      tree: JSON.stringify(tree),
      signature: JSON.stringify(signature),
      createdBy: JSON.stringify(createdBy),
    }
    await at(tx)
      .insertInto('servingRelease')
      .values({ ...release, ...json })
      .execute()
  },

  nextNumber: async (tx: Tx, { project, endpoint }: EndpointKey): Promise<number> => {
    const last = await at(tx)
      .selectFrom('servingRelease')
      .select('number')
      .where('project', '=', project)
      .where('endpoint', '=', endpoint)
      .orderBy('number', 'desc')
      .executeTakeFirst()
    return (last?.number ?? 0) + 1
  },

  get: async (
    db: Db,
    { project, endpoint }: EndpointKey,
    number: number,
  ): Promise<StoredRelease | undefined> => {
    const row = await at(db)
      .selectFrom('servingRelease')
      .selectAll()
      .where('project', '=', project)
      .where('endpoint', '=', endpoint)
      .where('number', '=', number)
      .executeTakeFirst()
    return row && toRelease(row)
  },

  /** Newest first. */
  list: async (
    db: Db,
    { project, endpoint }: EndpointKey,
    page: { limit: number; before?: number | undefined },
  ): Promise<StoredRelease[]> => {
    let query = at(db)
      .selectFrom('servingRelease')
      .selectAll()
      .where('project', '=', project)
      .where('endpoint', '=', endpoint)
    if (page.before !== undefined) query = query.where('number', '<', page.before)
    return (await query.orderBy('number', 'desc').limit(page.limit).execute()).map(toRelease)
  },

  /** The latest release of this version. */
  ofVersion: async (
    db: Db,
    { project, endpoint }: EndpointKey,
    version: number,
  ): Promise<StoredRelease | undefined> => {
    const row = await at(db)
      .selectFrom('servingRelease')
      .selectAll()
      .where('project', '=', project)
      .where('endpoint', '=', endpoint)
      .where('version', '=', version)
      .orderBy('number', 'desc')
      .executeTakeFirst()
    return row && toRelease(row)
  },
}

export const endpointStore = {
  get: (db: Db, { project, endpoint }: EndpointKey): Promise<EndpointRow | undefined> =>
    at(db)
      .selectFrom('servingEndpoint')
      .selectAll()
      .where('project', '=', project)
      .where('name', '=', endpoint)
      .executeTakeFirst(),

  all: (db: Db): Promise<EndpointRow[]> =>
    at(db).selectFrom('servingEndpoint').selectAll().orderBy('project').orderBy('name').execute(),

  set: async (
    tx: Tx,
    { project, endpoint }: EndpointKey,
    change: Partial<Omit<EndpointRow, 'project' | 'name'>> & { updatedAt: number },
  ): Promise<void> => {
    const fresh: EndpointRow = {
      project,
      name: endpoint,
      liveRelease: null,
      aliasRelease: null,
      health: 'waiting',
      ...change,
    }
    await at(tx)
      .insertInto('servingEndpoint')
      .values(fresh)
      .onConflict((conflict) => conflict.columns(['project', 'name']).doUpdateSet(change))
      .execute()
  },
}
