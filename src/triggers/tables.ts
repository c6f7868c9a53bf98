import type { Migration } from '../kernel/db/migrate.ts'
import { tables } from '../kernel/db/tables.ts'

export type FiringRow = {
  id: string
  project: string
  trigger: string
  /** What it reacts to; one firing per trigger and cause: `event:12`, `slot:1700000000000`, `call:<key>`. */
  cause: string
  at: number
  source: string
  decision: string
  reason: string
  pipeline: string
  parameters: string
  run: string | null
  /** The run has not ended. */
  isActive: number
  causeSeq: number | null
  slot: number | null
  /** JSON: the principal in whose name the run starts. */
  actor: string
}
export type StateRow = {
  project: string
  trigger: string
  isPaused: number
  secret: string | null
  /** Slots up to this moment have been dealt with. */
  calendarAt: number | null
}

export const at = tables<{ triggerFiring: FiringRow; triggerState: StateRow }>()

export const triggersMigrations: Migration[] = [
  {
    id: 'triggers-0001',
    up: async (db) => {
      await db.schema
        .createTable('trigger_firing')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('project', 'text', (column) => column.notNull())
        .addColumn('trigger', 'text', (column) => column.notNull())
        .addColumn('cause', 'text', (column) => column.notNull())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .addColumn('source', 'text', (column) => column.notNull())
        .addColumn('decision', 'text', (column) => column.notNull())
        .addColumn('reason', 'text', (column) => column.notNull())
        .addColumn('pipeline', 'text', (column) => column.notNull())
        .addColumn('parameters', 'text', (column) => column.notNull())
        .addColumn('run', 'text')
        .addColumn('is_active', 'integer', (column) => column.notNull())
        .addColumn('cause_seq', 'bigint')
        .addColumn('slot', 'bigint')
        .addColumn('actor', 'text', (column) => column.notNull())
        .addUniqueConstraint('trigger_firing_cause', ['project', 'trigger', 'cause'])
        .execute()
      await db.schema.createIndex('trigger_firing_run').on('trigger_firing').column('run').execute()
      await db.schema.createIndex('trigger_firing_decision').on('trigger_firing').column('decision').execute()
      await db.schema
        .createTable('trigger_state')
        .addColumn('project', 'text', (column) => column.notNull())
        .addColumn('trigger', 'text', (column) => column.notNull())
        .addColumn('is_paused', 'integer', (column) => column.notNull())
        .addColumn('secret', 'text')
        .addColumn('calendar_at', 'bigint')
        .addPrimaryKeyConstraint('trigger_state_key', ['project', 'trigger'])
        .execute()
    },
  },
]
