import type { Migration } from '../kernel/db/migrate.ts'

export const dataMigrations: Migration[] = [
  {
    id: 'data-0001',
    up: async (db) => {
      await db.schema
        .createTable('data_repository')
        .addColumn('project', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('description', 'text')
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('data_repository_key', ['project', 'name'])
        .execute()
      await db.schema
        .createTable('data_branch')
        .addColumn('project', 'text', (column) => column.notNull())
        .addColumn('repository', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('head', 'text', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('updated_at', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('data_branch_key', ['project', 'repository', 'name'])
        .execute()
      await db.schema
        .createTable('data_tag')
        .addColumn('project', 'text', (column) => column.notNull())
        .addColumn('repository', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('commit_id', 'text', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('created_by', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('data_tag_key', ['project', 'repository', 'name'])
        .execute()
      await db.schema
        .createTable('data_commit')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('project', 'text', (column) => column.notNull())
        .addColumn('repository', 'text', (column) => column.notNull())
        .addColumn('tree', 'text', (column) => column.notNull())
        .addColumn('first_parent', 'text')
        .addColumn('parents', 'text', (column) => column.notNull())
        .addColumn('author', 'text', (column) => column.notNull())
        .addColumn('message', 'text', (column) => column.notNull())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .addColumn('added', 'integer', (column) => column.notNull())
        .addColumn('changed', 'integer', (column) => column.notNull())
        .addColumn('removed', 'integer', (column) => column.notNull())
        .addColumn('is_profiled', 'integer', (column) => column.notNull())
        .execute()
      await db.schema
        .createIndex('data_commit_unprofiled')
        .on('data_commit')
        .columns(['is_profiled', 'at'])
        .execute()
      await db.schema
        .createTable('data_profile')
        .addColumn('digest', 'text', (column) => column.notNull())
        .addColumn('format', 'text', (column) => column.notNull())
        .addColumn('rows', 'bigint')
        .addColumn('columns', 'text', (column) => column.notNull())
        .addColumn('error', 'text')
        .addPrimaryKeyConstraint('data_profile_key', ['digest', 'format'])
        .execute()
    },
  },
]
