import type { Kysely, Transaction } from 'kysely'

/** The kernel's own tables. Rooms type theirs and open them with `tables<RoomTables>()`, so no room can write another's. */
export type KernelTables = {
  migration: { id: string; appliedAt: number }
  ledgerEvent: {
    seq: number
    at: number
    type: string
    project: string
    subject: string
    actorKind: string
    actorId: string
    actorName: string
    cause: number | null
    data: string
    previousHash: string
    hash: string
  }
  ledgerCheckpoint: { seq: number; at: number; hash: string; keyId: string; signature: string }
  ledgerCursor: { name: string; seq: number }
  definition: {
    project: string
    kind: string
    name: string
    version: number
    digest: string
    body: string
    createdAt: number
    createdById: string
    createdByName: string
    isCurrent: number
  }
  lease: { name: string; owner: string; token: number; deadline: number }
}

export type Db = Kysely<KernelTables>
export type Tx = Transaction<KernelTables>

/**
 * Opens a room's own tables on the kernel's connection or transaction.
 * @example const at = tables<{ run: RunRow }>()
 *          await at(tx).insertInto('run').values(row).execute()
 */
export const tables =
  <T extends object>() =>
  (db: Db): Kysely<KernelTables & T> =>
    db as unknown as Kysely<KernelTables & T>
