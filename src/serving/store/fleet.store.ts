import type { Db, Tx } from '../../kernel/db/tables.ts'
import type { AgentReport, Desired, Figures } from '../contract.ts'
import { at, type AgentRow, type FigureRow, type FollowRow } from '../tables.ts'

/** One fleet for now: every agent serves every endpoint. */
const fleet = 'default'

export type StoredFigures = Omit<FigureRow, 'figures'> & { figures: Figures }
export type StoredAgent = Omit<AgentRow, 'report'> & { report: AgentReport }

export const fleetStore = {
  desired: async (db: Db): Promise<Desired> => {
    const row = await at(db)
      .selectFrom('servingDesired')
      .selectAll()
      .where('fleet', '=', fleet)
      .executeTakeFirst()
    const endpoints = row ? (JSON.parse(row.body) as Desired['endpoints']) : []
    return { revision: row?.revision ?? 0, endpoints }
  },

  /** Writes a new revision if `before` is still the last one. Says whether it did. */
  replaceDesired: async (
    tx: Tx,
    before: number,
    next: { body: string; updatedAt: number },
  ): Promise<boolean> => {
    const present = await at(tx)
      .selectFrom('servingDesired')
      .select('revision')
      .where('fleet', '=', fleet)
      .executeTakeFirst()
    if ((present?.revision ?? 0) !== before) return false
    const change = { ...next, revision: before + 1 }
    await at(tx)
      .insertInto('servingDesired')
      .values({ fleet, ...change })
      .onConflict((conflict) => conflict.column('fleet').doUpdateSet(change))
      .execute()
    return true
  },

  agents: async (db: Db): Promise<StoredAgent[]> => {
    const rows = await at(db).selectFrom('servingAgent').selectAll().orderBy('name').execute()
    return rows.map((row) => ({ ...row, report: JSON.parse(row.report) as AgentReport }))
  },

  putAgent: async (tx: Tx, { report, ...agent }: StoredAgent): Promise<void> => {
    const { name, ...change } = { ...agent, report: JSON.stringify(report) }
    await at(tx)
      .insertInto('servingAgent')
      .values({ name, ...change })
      .onConflict((conflict) => conflict.column('name').doUpdateSet(change))
      .execute()
  },

  figures: async (db: Db): Promise<StoredFigures[]> => {
    const rows = await at(db).selectFrom('servingFigure').selectAll().execute()
    return rows.map((row) => ({ ...row, figures: JSON.parse(row.figures) as Figures }))
  },

  putFigures: async (tx: Tx, { figures, updatedAt, ...key }: StoredFigures): Promise<void> => {
    const change = { figures: JSON.stringify(figures), updatedAt }
    await at(tx)
      .insertInto('servingFigure')
      .values({ ...key, ...change })
      .onConflict((conflict) =>
        conflict.columns(['agent', 'incarnation', 'project', 'endpoint', 'release']).doUpdateSet(change),
      )
      .execute()
  },

  /** Agents and sums that nobody has added to since `before`. */
  forget: async (tx: Tx, before: number): Promise<void> => {
    await at(tx).deleteFrom('servingAgent').where('seenAt', '<', before).execute()
    await at(tx).deleteFrom('servingFigure').where('updatedAt', '<', before).execute()
  },

  addFollow: async (tx: Tx, follow: FollowRow): Promise<void> => {
    await at(tx)
      .insertInto('servingFollow')
      .values(follow)
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  },

  follows: (db: Db): Promise<FollowRow[]> =>
    at(db).selectFrom('servingFollow').selectAll().orderBy('cause').execute(),

  removeFollow: async (
    tx: Tx,
    { project, model, version }: Pick<FollowRow, 'project' | 'model' | 'version'>,
  ): Promise<void> => {
    await at(tx)
      .deleteFrom('servingFollow')
      .where('project', '=', project)
      .where('model', '=', model)
      .where('version', '=', version)
      .execute()
  },
}
