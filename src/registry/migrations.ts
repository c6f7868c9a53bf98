import type { CreateTableBuilder, Kysely } from 'kysely'
import type { Migration } from '../kernel/db/migrate.ts'

type Builder = CreateTableBuilder<string, string>

const text = (builder: Builder, ...names: string[]) =>
  names.reduce((table, name) => table.addColumn(name, 'text', (column) => column.notNull()), builder)

const optionalText = (builder: Builder, ...names: string[]) =>
  names.reduce((table, name) => table.addColumn(name, 'text'), builder)

const number = (builder: Builder, ...names: string[]) =>
  names.reduce((table, name) => table.addColumn(name, 'bigint', (column) => column.notNull()), builder)

const createdBy = (builder: Builder) => text(builder, 'created_by_kind', 'created_by_id', 'created_by_name')

const models = async (db: Kysely<never>) => {
  const model = text(db.schema.createTable('model'), 'project', 'name')
  await number(optionalText(model, 'description'), 'last_version', 'created_at', 'updated_at')
    .addColumn('deleted_at', 'bigint')
    .addPrimaryKeyConstraint('model_key', ['project', 'name'])
    .execute()
  await text(db.schema.createTable('model_tag'), 'project', 'model', 'key', 'value')
    .addPrimaryKeyConstraint('model_tag_key', ['project', 'model', 'key'])
    .execute()
  await number(text(db.schema.createTable('model_alias'), 'project', 'model', 'alias'), 'version')
    .addPrimaryKeyConstraint('model_alias_key', ['project', 'model', 'alias'])
    .execute()
}

const versions = async (db: Kysely<never>) => {
  const version = createdBy(text(db.schema.createTable('model_version'), 'project', 'model', 'candidate'))
  const described = optionalText(
    text(
      version,
      'authors_json',
      'signature_json',
      'metrics_json',
      'lineage_json',
      'gate_json',
      'approval_state',
      'stage',
    ),
    'description',
    'files',
    'format',
    'source',
    'run_link',
    'logged_model',
    'tracking_run',
    'baseline',
    'seal',
  )
  await number(
    described,
    'version',
    'created_at',
    'updated_at',
    'size_bytes',
    'approvals_needed',
    'approval_round',
  )
    .addColumn('approval_requested_at', 'bigint')
    .addColumn('deleted_at', 'bigint')
    .addPrimaryKeyConstraint('model_version_key', ['project', 'model', 'version'])
    .execute()
  await number(
    text(db.schema.createTable('model_version_tag'), 'project', 'model', 'key', 'value'),
    'version',
  )
    .addPrimaryKeyConstraint('model_version_tag_key', ['project', 'model', 'version', 'key'])
    .execute()
}

const decisions = async (db: Kysely<never>) => {
  const candidate = createdBy(
    text(
      db.schema.createTable('model_candidate').addColumn('id', 'text', (column) => column.primaryKey()),
      'project',
      'model',
      'decision',
      'metrics_json',
      'lineage_json',
      'gate_json',
    ),
  )
  await number(optionalText(candidate, 'pipeline_run', 'step', 'files', 'baseline'), 'at')
    .addColumn('version', 'bigint')
    .addUniqueConstraint('model_candidate_step', ['project', 'pipeline_run', 'step'])
    .execute()
  await db.schema
    .createIndex('model_candidate_newest')
    .on('model_candidate')
    .columns(['project', 'model', 'id'])
    .execute()
  const approval = text(
    db.schema.createTable('model_approval').addColumn('id', 'text', (column) => column.primaryKey()),
    'project',
    'model',
    'by_kind',
    'by_id',
    'by_name',
    'decision',
  )
  await number(optionalText(approval, 'comment'), 'version', 'round', 'at').execute()
  await db.schema
    .createIndex('model_approval_version')
    .on('model_approval')
    .columns(['project', 'model', 'version'])
    .execute()
}

const first = async (db: Kysely<never>) => {
  await models(db)
  await versions(db)
  await decisions(db)
}

export const registryMigrations: Migration[] = [{ id: 'registry-0001', up: first }]
