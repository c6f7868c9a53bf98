import type { Migration } from '../kernel/db/migrate.ts'

export const featuresMigrations: Migration[] = [
  {
    id: 'features-0001',
    up: async (db) => {
      await db.schema
        .createTable('feature_online')
        .addColumn('project', 'text', (column) => column.notNull())
        .addColumn('view', 'text', (column) => column.notNull())
        // What the last attempt read: the view and its files. Equal means that another attempt would end the same.
        .addColumn('attempted', 'text', (column) => column.notNull())
        .addColumn('version', 'integer')
        .addColumn('commit_id', 'text')
        .addColumn('digest', 'text')
        .addColumn('rows', 'bigint')
        .addColumn('made_at', 'bigint')
        .addColumn('error', 'text')
        .addColumn('error_commit', 'text')
        .addColumn('error_at', 'bigint')
        .addPrimaryKeyConstraint('feature_online_key', ['project', 'view'])
        .execute()
    },
  },
]
