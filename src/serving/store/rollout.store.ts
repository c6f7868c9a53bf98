import type { Db, Tx } from '../../kernel/db/tables.ts'
import { isOver, type RolloutState, type Status } from '../rollout/machine.ts'
import { at, type RolloutRow } from '../tables.ts'
import type { EndpointKey } from './release.store.ts'

export type StoredRollout = Omit<RolloutRow, 'state' | 'status'> & { status: Status; state: RolloutState }

const toRollout = (row: RolloutRow): StoredRollout => ({
  ...row,
  status: row.status as Status,
  state: JSON.parse(row.state) as RolloutState,
})

const running: Status[] = ['preparing', 'running', 'paused']

export const rolloutStore = {
  insert: async (
    tx: Tx,
    rollout: Omit<StoredRollout, 'status' | 'startedAt' | 'finishedAt'>,
  ): Promise<StoredRollout> => {
    const { state } = rollout
    const row = {
      ...rollout,
      status: state.status,
      state: JSON.stringify(state),
      startedAt: state.startedAt,
      finishedAt: null,
    }
    await at(tx).insertInto('servingRollout').values(row).execute()
    return toRollout(row)
  },

  update: async (tx: Tx, id: string, state: RolloutState): Promise<void> => {
    await at(tx)
      .updateTable('servingRollout')
      .set({
        state: JSON.stringify(state),
        status: state.status,
        finishedAt: isOver(state) ? state.finishedAt : null,
      })
      .where('id', '=', id)
      .execute()
  },

  get: async (db: Db, id: string): Promise<StoredRollout | undefined> => {
    const row = await at(db).selectFrom('servingRollout').selectAll().where('id', '=', id).executeTakeFirst()
    return row && toRollout(row)
  },

  active: async (db: Db): Promise<StoredRollout[]> =>
    (await at(db).selectFrom('servingRollout').selectAll().where('status', 'in', running).execute()).map(
      toRollout,
    ),

  activeOf: async (db: Db, { project, endpoint }: EndpointKey): Promise<StoredRollout | undefined> => {
    const row = await at(db)
      .selectFrom('servingRollout')
      .selectAll()
      .where('project', '=', project)
      .where('endpoint', '=', endpoint)
      .where('status', 'in', running)
      .executeTakeFirst()
    return row && toRollout(row)
  },

  /** Newest first. */
  list: async (db: Db, { project, endpoint }: EndpointKey, limit: number): Promise<StoredRollout[]> => {
    const rows = await at(db)
      .selectFrom('servingRollout')
      .selectAll()
      .where('project', '=', project)
      .where('endpoint', '=', endpoint)
      .orderBy('release', 'desc')
      .limit(limit)
      .execute()
    return rows.map(toRollout)
  },

  ofRelease: async (
    db: Db,
    { project, endpoint }: EndpointKey,
    release: number,
  ): Promise<StoredRollout | undefined> => {
    const row = await at(db)
      .selectFrom('servingRollout')
      .selectAll()
      .where('project', '=', project)
      .where('endpoint', '=', endpoint)
      .where('release', '=', release)
      .executeTakeFirst()
    return row && toRollout(row)
  },

  /** The oldest release that ever took an endpoint over: it is the one that `shadow: first` keeps. */
  firstCompleted: async (db: Db, { project, endpoint }: EndpointKey): Promise<number | undefined> => {
    const row = await at(db)
      .selectFrom('servingRollout')
      .select('release')
      .where('project', '=', project)
      .where('endpoint', '=', endpoint)
      .where('status', '=', 'completed')
      .orderBy('release')
      .executeTakeFirst()
    return row?.release
  },
}
