import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { CamelCasePlugin, Kysely, SqliteDialect } from 'kysely'
import { AppError, messageOf } from '../errors.ts'
import { groupCommit, type Write } from './group-commit.ts'
import { type Migration, migrate } from './migrate.ts'
import type { Db, KernelTables } from './tables.ts'

export type Database = { db: Db; write: Write; close: () => Promise<void> }

const kysely = (database: Sqlite.Database): Db =>
  new Kysely<KernelTables>({ dialect: new SqliteDialect({ database }), plugins: [new CamelCasePlugin()] })

/**
 * Takes the home for this process alone: a lock that the operating system drops when the process dies,
 * however it dies, so that a killed server never leaves a stale lock file behind.
 */
export const lockHome = (home: string): (() => void) => {
  const lock = new Sqlite(join(home, 'server.lock'), { timeout: 0 })
  try {
    lock.pragma('locking_mode = EXCLUSIVE')
    lock.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    throw new AppError('conflict', `Another Esteira server is using the home folder ${home}.`, {
      hint: 'Stop it, or start this one with another --home.',
      cause: error,
    })
  }
  return () => lock.close()
}

/** Opens (or makes) the SQLite database of a home and brings its schema up to date. FULL: what is acknowledged survives a power cut. */
export const openSqlite = async (options: {
  file: string
  migrations: readonly Migration[]
  now: number
}): Promise<Database> => {
  let writer: Sqlite.Database
  try {
    writer = new Sqlite(options.file, { timeout: 5000 })
    writer.pragma('journal_mode = WAL')
    writer.pragma('synchronous = FULL')
    writer.pragma('foreign_keys = ON')
  } catch (error) {
    throw new AppError('unavailable', `The database ${options.file} can't be opened: ${messageOf(error)}.`, {
      hint: 'Check the file and the rights of its folder; `esteira up --home DIR` takes another place.',
      cause: error,
    })
  }
  const writing = kysely(writer)
  await migrate(writing, options.migrations, options.now)
  // Readers have a connection of their own: they see only what is committed, never the middle of a transaction.
  const reader = new Sqlite(options.file, { readonly: true, timeout: 5000 })
  const reading = kysely(reader)
  const { write, idle } = groupCommit(writing)
  return {
    db: reading,
    write,
    close: async () => {
      await idle()
      await reading.destroy()
      await writing.destroy()
    },
  }
}
