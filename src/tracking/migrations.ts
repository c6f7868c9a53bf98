import type { CreateTableBuilder, Kysely } from 'kysely'
import type { Migration } from '../kernel/db/migrate.ts'

type Builder = CreateTableBuilder<string, string>

const text = (builder: Builder, ...names: string[]) =>
  names.reduce((table, name) => table.addColumn(name, 'text', (column) => column.notNull()), builder)

const optionalText = (builder: Builder, ...names: string[]) =>
  names.reduce((table, name) => table.addColumn(name, 'text'), builder)

const point = (builder: Builder) =>
  builder
    .addColumn('value', 'double precision', (column) => column.notNull())
    .addColumn('is_nan', 'integer', (column) => column.notNull())
    .addColumn('step', 'bigint', (column) => column.notNull())
    .addColumn('timestamp', 'bigint', (column) => column.notNull())

const time = (builder: Builder, ...names: string[]) =>
  names.reduce((table, name) => table.addColumn(name, 'bigint', (column) => column.notNull()), builder)

const experiments = async (db: Kysely<never>) => {
  const experiment = text(db.schema.createTable('tracking_experiment'), 'project', 'name', 'lifecycle')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('artifact_location', 'text')
  await time(experiment, 'created_at', 'updated_at')
    .addUniqueConstraint('tracking_experiment_name', ['project', 'name'])
    .execute()
  await text(db.schema.createTable('tracking_experiment_tag'), 'experiment', 'key', 'value')
    .addPrimaryKeyConstraint('tracking_experiment_tag_key', ['experiment', 'key'])
    .execute()
}

const runs = async (db: Kysely<never>) => {
  const run = text(
    db.schema.createTable('tracking_run').addColumn('id', 'text', (column) => column.primaryKey()),
    'project',
    'experiment',
    'name',
    'status',
    'lifecycle',
    'user_name',
    'created_by_kind',
    'created_by_id',
    'created_by_name',
  )
  await time(optionalText(run, 'pipeline_run'), 'started_at')
    .addColumn('ended_at', 'bigint')
    .addColumn('deleted_at', 'bigint')
    .execute()
  await db.schema
    .createIndex('tracking_run_newest')
    .on('tracking_run')
    .columns(['experiment', 'started_at', 'id'])
    .execute()
  await db.schema
    .createIndex('tracking_run_project')
    .on('tracking_run')
    .columns(['project', 'started_at', 'id'])
    .execute()
  await db.schema
    .createIndex('tracking_run_pipeline')
    .on('tracking_run')
    .columns(['project', 'pipeline_run'])
    .execute()
  for (const name of ['param', 'tag']) {
    await text(db.schema.createTable(`tracking_${name}`), 'run', 'key', 'value')
      .addPrimaryKeyConstraint(`tracking_${name}_key`, ['run', 'key'])
      .execute()
  }
}

const metrics = async (db: Kysely<never>) => {
  await point(text(db.schema.createTable('tracking_metric'), 'run', 'key'))
    .addPrimaryKeyConstraint('tracking_metric_point', ['run', 'key', 'step', 'timestamp', 'value', 'is_nan'])
    .execute()
  await point(text(db.schema.createTable('tracking_latest_metric'), 'run', 'key'))
    .addPrimaryKeyConstraint('tracking_latest_metric_key', ['run', 'key'])
    .execute()
}

const inputsAndOutputs = async (db: Kysely<never>) => {
  const dataset = db.schema
    .createTable('tracking_dataset')
    .addColumn('id', 'text', (column) => column.primaryKey())
  await optionalText(
    text(dataset, 'experiment', 'name', 'digest', 'source_type', 'source'),
    'schema',
    'profile',
  )
    .addUniqueConstraint('tracking_dataset_key', ['experiment', 'name', 'digest'])
    .execute()
  const input = text(db.schema.createTable('tracking_input'), 'run', 'dataset', 'tags')
  await time(optionalText(input, 'context'), 'at')
    .addPrimaryKeyConstraint('tracking_input_key', ['run', 'dataset'])
    .execute()
  await text(db.schema.createTable('tracking_model_input'), 'run', 'model')
    .addPrimaryKeyConstraint('tracking_model_input_key', ['run', 'model'])
    .execute()
  await text(db.schema.createTable('tracking_model_output'), 'run', 'model')
    .addColumn('step', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('tracking_model_output_key', ['run', 'model'])
    .execute()
}

const loggedModels = async (db: Kysely<never>) => {
  const model = db.schema
    .createTable('tracking_logged_model')
    .addColumn('id', 'text', (column) => column.primaryKey())
  await time(
    optionalText(
      text(
        model,
        'project',
        'experiment',
        'name',
        'status',
        'model_type',
        'created_by_kind',
        'created_by_id',
        'created_by_name',
      ),
      'status_message',
      'source_run',
    ),
    'created_at',
    'updated_at',
  )
    .addColumn('deleted_at', 'bigint')
    .execute()
  await db.schema
    .createIndex('tracking_logged_model_newest')
    .on('tracking_logged_model')
    .columns(['experiment', 'created_at', 'id'])
    .execute()
  for (const name of ['tag', 'param']) {
    await text(db.schema.createTable(`tracking_logged_model_${name}`), 'model', 'key', 'value')
      .addPrimaryKeyConstraint(`tracking_logged_model_${name}_key`, ['model', 'key'])
      .execute()
  }
  await point(
    text(
      db.schema.createTable('tracking_logged_model_metric'),
      'model',
      'key',
      'run',
      'dataset_name',
      'dataset_digest',
    ),
  )
    .addPrimaryKeyConstraint('tracking_logged_model_metric_point', [
      'model',
      'key',
      'run',
      'step',
      'timestamp',
      'value',
      'is_nan',
      'dataset_name',
      'dataset_digest',
    ])
    .execute()
}

const artifacts = async (db: Kysely<never>) => {
  await time(text(db.schema.createTable('tracking_artifact'), 'owner', 'path', 'digest'), 'updated_at')
    .addColumn('size_bytes', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('tracking_artifact_key', ['owner', 'path'])
    .execute()
}

const first = async (db: Kysely<never>) => {
  await experiments(db)
  await runs(db)
  await metrics(db)
  await inputsAndOutputs(db)
  await loggedModels(db)
  await artifacts(db)
}

export const trackingMigrations: Migration[] = [{ id: 'tracking-0001', up: first }]
