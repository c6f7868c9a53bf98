import type { Kysely } from 'kysely'
import type { Migration } from '../kernel/db/migrate.ts'

const endpoints = async (db: Kysely<never>): Promise<void> => {
  await db.schema
    .createTable('serving_endpoint')
    .addColumn('project', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('live_release', 'integer')
    .addColumn('alias_release', 'integer')
    .addColumn('health', 'text', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('serving_endpoint_key', ['project', 'name'])
    .execute()
}

const releases = async (db: Kysely<never>): Promise<void> => {
  await db.schema
    .createTable('serving_release')
    .addColumn('project', 'text', (column) => column.notNull())
    .addColumn('endpoint', 'text', (column) => column.notNull())
    .addColumn('number', 'integer', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('restores', 'integer')
    .addColumn('model', 'text', (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('files', 'text', (column) => column.notNull())
    .addColumn('tree', 'text', (column) => column.notNull())
    .addColumn('signature', 'text', (column) => column.notNull())
    .addColumn('definition_version', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('created_by', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('serving_release_key', ['project', 'endpoint', 'number'])
    .execute()
}

const rollouts = async (db: Kysely<never>): Promise<void> => {
  await db.schema
    .createTable('serving_rollout')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('project', 'text', (column) => column.notNull())
    .addColumn('endpoint', 'text', (column) => column.notNull())
    .addColumn('release', 'integer', (column) => column.notNull())
    .addColumn('champion', 'integer')
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('cause', 'bigint', (column) => column.notNull())
    .addColumn('started_at', 'bigint', (column) => column.notNull())
    .addColumn('finished_at', 'bigint')
    .execute()
  await db.schema
    .createIndex('serving_rollout_release')
    .on('serving_rollout')
    .columns(['project', 'endpoint', 'release'])
    .unique()
    .execute()
  await db.schema.createIndex('serving_rollout_status').on('serving_rollout').column('status').execute()
}

const agents = async (db: Kysely<never>): Promise<void> => {
  await db.schema
    .createTable('serving_agent')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('address', 'text', (column) => column.notNull())
    .addColumn('incarnation', 'text', (column) => column.notNull())
    .addColumn('report', 'text', (column) => column.notNull())
    .addColumn('seen_at', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('serving_figure')
    .addColumn('agent', 'text', (column) => column.notNull())
    .addColumn('incarnation', 'text', (column) => column.notNull())
    .addColumn('project', 'text', (column) => column.notNull())
    .addColumn('endpoint', 'text', (column) => column.notNull())
    .addColumn('release', 'integer', (column) => column.notNull())
    .addColumn('figures', 'text', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('serving_figure_key', ['agent', 'incarnation', 'project', 'endpoint', 'release'])
    .execute()
}

const desired = async (db: Kysely<never>): Promise<void> => {
  await db.schema
    .createTable('serving_desired')
    .addColumn('fleet', 'text', (column) => column.primaryKey())
    .addColumn('revision', 'integer', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('serving_follow')
    .addColumn('project', 'text', (column) => column.notNull())
    .addColumn('model', 'text', (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('cause', 'bigint', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('serving_follow_key', ['project', 'model', 'version'])
    .execute()
}

export const servingMigrations: Migration[] = [
  {
    id: 'serving-0001',
    up: async (db: Kysely<never>) => {
      for (const create of [endpoints, releases, rollouts, agents, desired]) await create(db)
    },
  },
]
