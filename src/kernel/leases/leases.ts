import type { Clock } from '../clock.ts'
import type { Tx } from '../db/tables.ts'

export type Leases = {
  /** Takes the lease when it is free or run out (or already ours). The token grows with every new holder. */
  acquire(
    tx: Tx,
    lease: { name: string; owner: string; forMs: number },
  ): Promise<{ token: number } | undefined>
  /** Prolongs it; false when somebody else has taken it since. */
  renew(tx: Tx, lease: { name: string; token: number; forMs: number }): Promise<boolean>
  /** Is this still the newest token? Ask in the transaction that commits the holder's result. */
  holds(tx: Tx, lease: { name: string; token: number }): Promise<boolean>
  release(tx: Tx, lease: { name: string; token: number }): Promise<void>
}

export const createLeases = (clock: Clock): Leases => ({
  async acquire(tx, { name, owner, forMs }) {
    const held = await tx.selectFrom('lease').selectAll().where('name', '=', name).executeTakeFirst()
    const now = clock.now()
    if (held && held.deadline > now && held.owner !== owner) return undefined
    const token = held?.owner === owner && held.deadline > now ? held.token : (held?.token ?? 0) + 1
    const row = { name, owner, token, deadline: now + forMs }
    await tx
      .insertInto('lease')
      .values(row)
      .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
      .execute()
    return { token }
  },
  async renew(tx, { name, token, forMs }) {
    const done = await tx
      .updateTable('lease')
      .set({ deadline: clock.now() + forMs })
      .where('name', '=', name)
      .where('token', '=', token)
      .executeTakeFirst()
    return done.numUpdatedRows > 0n
  },
  async holds(tx, { name, token }) {
    return (
      (await tx.selectFrom('lease').select('token').where('name', '=', name).executeTakeFirst())?.token ===
      token
    )
  },
  async release(tx, { name, token }) {
    await tx
      .updateTable('lease')
      .set({ deadline: 0 })
      .where('name', '=', name)
      .where('token', '=', token)
      .execute()
  },
})
