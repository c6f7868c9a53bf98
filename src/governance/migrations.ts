import type { Kysely } from 'kysely'
import type { Migration } from '../kernel/db/migrate.ts'

export const governanceMigrations: Migration[] = [
  {
    id: 'governance-0001',
    up: async (db: Kysely<never>) => {
      await db.schema
        .createTable('account')
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('roles', 'text', (column) => column.notNull())
        .addColumn('project', 'text')
        .addColumn('is_active', 'integer', (column) => column.notNull())
        .addColumn('is_owner', 'integer', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .execute()
      await db.schema
        .createTable('token')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('hash', 'text', (column) => column.notNull().unique())
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('label', 'text', (column) => column.notNull())
        .addColumn('project', 'text')
        .addColumn('run', 'text')
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('expires_at', 'bigint', (column) => column.notNull())
        .addColumn('last_used_at', 'bigint')
        .execute()
      await db.schema.createIndex('token_account').on('token').column('account').execute()
    },
  },
]
