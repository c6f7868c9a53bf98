import type { Kysely } from 'kysely'
import type { Migration } from '../kernel/db/migrate.ts'

const createRuns = async (db: Kysely<never>) => {
  await db.schema
    .createTable('pipeline_run')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('project', 'text', (column) => column.notNull())
    .addColumn('pipeline', 'text', (column) => column.notNull())
    .addColumn('pipeline_version', 'integer', (column) => column.notNull())
    .addColumn('label', 'text')
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('revision', 'integer', (column) => column.notNull())
    .addColumn('machine_at', 'bigint', (column) => column.notNull())
    .addColumn('machine_token', 'integer', (column) => column.notNull())
    .addColumn('plan', 'text', (column) => column.notNull())
    .addColumn('parameters', 'text', (column) => column.notNull())
    .addColumn('inputs', 'text', (column) => column.notNull())
    .addColumn('code', 'text')
    .addColumn('environments', 'text', (column) => column.notNull())
    .addColumn('use_cache', 'integer', (column) => column.notNull())
    .addColumn('reproduces', 'text')
    .addColumn('tracking_run', 'text')
    .addColumn('is_closed', 'integer', (column) => column.notNull())
    .addColumn('started_by_kind', 'text', (column) => column.notNull())
    .addColumn('started_by_id', 'text', (column) => column.notNull())
    .addColumn('started_by_name', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('finished_at', 'bigint')
    .execute()
  await db.schema
    .createIndex('pipeline_run_project')
    .on('pipeline_run')
    .columns(['project', 'pipeline', 'id'])
    .execute()
  await db.schema
    .createIndex('pipeline_run_open')
    .on('pipeline_run')
    .columns(['is_closed', 'status'])
    .execute()
}

const createSteps = async (db: Kysely<never>) => {
  await db.schema
    .createTable('pipeline_step')
    .addColumn('run', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('attempt', 'integer', (column) => column.notNull())
    .addColumn('token', 'integer', (column) => column.notNull())
    .addColumn('failures', 'integer', (column) => column.notNull())
    .addColumn('losses', 'integer', (column) => column.notNull())
    .addColumn('deadline', 'bigint')
    .addColumn('due_at', 'bigint')
    .addColumn('stopping', 'text')
    .addColumn('started_at', 'bigint')
    .addColumn('finished_at', 'bigint')
    .addColumn('outputs', 'text', (column) => column.notNull())
    .addColumn('cached_from', 'text')
    .addColumn('error', 'text')
    .addColumn('cache_key', 'text')
    .addColumn('cache_parts', 'text')
    .addPrimaryKeyConstraint('pipeline_step_key', ['run', 'name'])
    .execute()
  await db.schema
    .createTable('pipeline_attempt')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('run', 'text', (column) => column.notNull())
    .addColumn('step', 'text', (column) => column.notNull())
    .addColumn('attempt', 'integer', (column) => column.notNull())
    .addColumn('token', 'integer', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('started_at', 'bigint', (column) => column.notNull())
    .addColumn('finished_at', 'bigint')
    .addColumn('wall_ms', 'bigint')
    .addColumn('cpu_ms', 'bigint')
    .addColumn('peak_memory_bytes', 'bigint')
    .addColumn('exit_code', 'integer')
    .addColumn('signal', 'text')
    .addColumn('error', 'text')
    .addColumn('log', 'text')
    .addColumn('log_bytes', 'bigint')
    .execute()
  await db.schema
    .createIndex('pipeline_attempt_run')
    .on('pipeline_attempt')
    .columns(['run', 'step'])
    .execute()
}

const createCache = (db: Kysely<never>) =>
  db.schema
    .createTable('pipeline_cache')
    .addColumn('project', 'text', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('run', 'text', (column) => column.notNull())
    .addColumn('step', 'text', (column) => column.notNull())
    .addColumn('outputs', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('pipeline_cache_key', ['project', 'key'])
    .execute()

export const pipelinesMigrations: Migration[] = [
  {
    id: 'pipelines-0001',
    up: async (db) => {
      await createRuns(db)
      await createSteps(db)
      await createCache(db)
    },
  },
]
