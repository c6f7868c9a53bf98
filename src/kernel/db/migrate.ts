import type { Kysely } from 'kysely'
import { AppError } from '../errors.ts'
import type { Db } from './tables.ts'

/** One forward step of the schema. Its id starts with the room's name; it never changes once released. */
export type Migration = { id: string; up: (db: Kysely<never>) => Promise<void> }

const appliedIds = async (db: Db): Promise<Set<string>> => {
  await db.schema
    .createTable('migration')
    .ifNotExists()
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('applied_at', 'bigint', (column) => column.notNull())
    .execute()
  return new Set((await db.selectFrom('migration').select('id').execute()).map((row) => row.id))
}

/** Brings the schema to this program's state, each step in a transaction of its own; refuses a schema from a newer program. */
export const migrate = async (db: Db, migrations: readonly Migration[], now: number): Promise<void> => {
  const applied = await appliedIds(db)
  const known = new Set(migrations.map((migration) => migration.id))
  const unknown = [...applied].filter((id) => !known.has(id))
  if (unknown.length > 0)
    throw new AppError(
      'conflict',
      `This home was written by a newer version of Esteira (it has ${unknown.join(', ')}).`,
      {
        hint: 'Update this installation, or start with another --home.',
      },
    )
  for (const migration of migrations) {
    if (applied.has(migration.id)) continue
    await db.transaction().execute(async (tx) => {
      await migration.up(tx as unknown as Kysely<never>)
      await tx.insertInto('migration').values({ id: migration.id, appliedAt: now }).execute()
    })
  }
}
