import type { Db, Tx } from '../kernel/db/tables.ts'
import { tables } from '../kernel/db/tables.ts'

export type AccountRow = {
  name: string
  kind: string
  roles: string
  project: string | null
  isActive: number
  isOwner: number
  createdAt: number
}
/** `kind` account: stands for the account; run and agent: stands for one step's run or one agent. */
export type TokenRow = {
  id: string
  hash: string
  account: string
  kind: 'account' | 'run' | 'agent'
  label: string
  project: string | null
  run: string | null
  createdAt: number
  expiresAt: number
  lastUsedAt: number | null
}

const at = tables<{ account: AccountRow; token: TokenRow }>()

export const governanceStore = (db: Db) => ({
  accounts: () => at(db).selectFrom('account').selectAll().orderBy('name').execute(),
  account: (name: string, from: Db = db) =>
    at(from).selectFrom('account').selectAll().where('name', '=', name).executeTakeFirst(),
  owner: (from: Db = db) =>
    at(from).selectFrom('account').selectAll().where('isOwner', '=', 1).executeTakeFirst(),
  addAccount: (tx: Tx, row: AccountRow) => at(tx).insertInto('account').values(row).execute(),
  deactivate: async (tx: Tx, name: string) => {
    await at(tx).updateTable('account').set({ isActive: 0 }).where('name', '=', name).execute()
    await at(tx).deleteFrom('token').where('account', '=', name).where('kind', '=', 'account').execute()
  },
  tokens: (now: number) =>
    at(db)
      .selectFrom('token')
      .selectAll()
      .where('kind', '=', 'account')
      .where('expiresAt', '>', now)
      .orderBy('createdAt')
      .execute(),
  token: (id: string, from: Db = db) =>
    at(from).selectFrom('token').selectAll().where('id', '=', id).executeTakeFirst(),
  tokenByHash: (hash: string) =>
    at(db).selectFrom('token').selectAll().where('hash', '=', hash).executeTakeFirst(),
  addToken: (tx: Tx, row: TokenRow) => at(tx).insertInto('token').values(row).execute(),
  removeToken: (tx: Tx, id: string) => at(tx).deleteFrom('token').where('id', '=', id).execute(),
  removeRunTokens: (tx: Tx, run: string) => at(tx).deleteFrom('token').where('run', '=', run).execute(),
  touch: (tx: Tx, ids: readonly string[], now: number) =>
    at(tx)
      .updateTable('token')
      .set({ lastUsedAt: now })
      .where('id', 'in', [...ids])
      .execute(),
  removeExpired: (tx: Tx, now: number) => at(tx).deleteFrom('token').where('expiresAt', '<=', now).execute(),
})

export type GovernanceStore = ReturnType<typeof governanceStore>
