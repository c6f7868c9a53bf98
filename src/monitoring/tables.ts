import type { Kysely } from 'kysely'
import type { Migration } from '../kernel/db/migrate.ts'
import { tables } from '../kernel/db/tables.ts'

export type SegmentRow = {
  project: string
  segment: string
  endpoint: string
  agent: string
  digest: string
  sizeBytes: number
  lines: number
  /** Lines of the live role. */
  rows: number
  /** Labels that came for predictions of this segment, repeats included. */
  labels: number
  fromEvent: number
  toEvent: number
  /** JSON: live rows by model version. */
  versions: string
  receivedAt: number
  changedAt: number
}
export type FeedbackRow = {
  id: string
  project: string
  endpoint: string
  digest: string
  labels: number
  receivedAt: number
  actor: string
}
/** Which feedback holds labels of which segment. */
type FeedbackSegmentRow = { project: string; segment: string; feedback: string; labels: number }
export type WindowRow = {
  project: string
  monitor: string
  id: string
  fromAt: number
  toAt: number
  status: string
  evaluatedAt: number
  seenSegments: number
  seenLabels: number
  rowsDigest: string
  /** JSON: the WindowView. */
  view: string
}
export type AlertRow = {
  id: string
  project: string
  monitor: string
  endpoint: string
  rule: string
  isOpen: number
  value: number
  limitValue: number
  direction: string
  windowId: string
  windowFrom: number
  windowTo: number
  version: number | null
  drifted: string
  raisedAt: number
  raisedSeq: number | null
  windows: number
  lastValue: number
  lastWindow: string
  lastFrom: number
  resolvedAt: number | null
  resolvedWindow: string | null
  acknowledgedAt: number | null
  acknowledgedBy: string | null
  note: string | null
}

export type MonitoringTables = {
  captureSegment: SegmentRow
  feedback: FeedbackRow
  feedbackSegment: FeedbackSegmentRow
  monitorWindow: WindowRow
  alert: AlertRow
}

export const at = tables<MonitoringTables>()

type Columns = Record<string, 'text' | 'text?' | 'bigint' | 'bigint?' | 'double'>

const create = async (db: Kysely<never>, table: { name: string; columns: Columns; key: string[] }) => {
  let builder = db.schema.createTable(table.name)
  for (const [name, type] of Object.entries(table.columns)) {
    const isOptional = type.endsWith('?')
    const column = type === 'double' ? 'double precision' : isOptional ? type.slice(0, -1) : type
    builder = builder.addColumn(name, column as 'text', (made) => (isOptional ? made : made.notNull()))
  }
  await builder.addPrimaryKeyConstraint(`${table.name}_key`, table.key as never[]).execute()
}

const captures = async (db: Kysely<never>) => {
  await create(db, {
    name: 'capture_segment',
    columns: {
      project: 'text',
      segment: 'text',
      endpoint: 'text',
      agent: 'text',
      digest: 'text',
      size_bytes: 'bigint',
      lines: 'bigint',
      rows: 'bigint',
      labels: 'bigint',
      from_event: 'bigint',
      to_event: 'bigint',
      versions: 'text',
      received_at: 'bigint',
      changed_at: 'bigint',
    },
    key: ['project', 'segment'],
  })
  await create(db, {
    name: 'feedback',
    columns: {
      id: 'text',
      project: 'text',
      endpoint: 'text',
      digest: 'text',
      labels: 'bigint',
      received_at: 'bigint',
      actor: 'text',
    },
    key: ['id'],
  })
  await create(db, {
    name: 'feedback_segment',
    columns: { project: 'text', segment: 'text', feedback: 'text', labels: 'bigint' },
    key: ['project', 'segment', 'feedback'],
  })
  const segments = db.schema.createIndex('capture_segment_event').on('capture_segment')
  await segments.columns(['project', 'endpoint', 'from_event']).execute()
  const ends = db.schema.createIndex('capture_segment_end').on('capture_segment')
  await ends.columns(['project', 'endpoint', 'to_event']).execute()
  const changes = db.schema.createIndex('capture_segment_changed').on('capture_segment')
  await changes.columns(['project', 'endpoint', 'changed_at']).execute()
}

const results = async (db: Kysely<never>) => {
  await create(db, {
    name: 'monitor_window',
    columns: {
      project: 'text',
      monitor: 'text',
      id: 'text',
      from_at: 'bigint',
      to_at: 'bigint',
      status: 'text',
      evaluated_at: 'bigint',
      seen_segments: 'bigint',
      seen_labels: 'bigint',
      rows_digest: 'text',
      view: 'text',
    },
    key: ['project', 'monitor', 'id'],
  })
  await create(db, {
    name: 'alert',
    columns: {
      id: 'text',
      project: 'text',
      monitor: 'text',
      endpoint: 'text',
      rule: 'text',
      is_open: 'bigint',
      value: 'double',
      limit_value: 'double',
      direction: 'text',
      window_id: 'text',
      window_from: 'bigint',
      window_to: 'bigint',
      version: 'bigint?',
      drifted: 'text',
      raised_at: 'bigint',
      raised_seq: 'bigint?',
      windows: 'bigint',
      last_value: 'double',
      last_window: 'text',
      last_from: 'bigint',
      resolved_at: 'bigint?',
      resolved_window: 'text?',
      acknowledged_at: 'bigint?',
      acknowledged_by: 'text?',
      note: 'text?',
    },
    key: ['id'],
  })
  const alerts = db.schema.createIndex('alert_rule').on('alert')
  await alerts.columns(['project', 'monitor', 'rule', 'raised_at'] as never[]).execute()
}

export const monitoringMigrations: Migration[] = [
  {
    id: 'monitoring-0001',
    up: async (db) => {
      await captures(db)
      await results(db)
    },
  },
]
