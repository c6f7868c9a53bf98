import type { Db, Tx } from '../kernel/db/tables.ts'
import type { WindowFacts } from './readiness.ts'
import { at, type FeedbackRow, type SegmentRow } from './tables.ts'
import type { Window } from './windows.ts'

export type OfEndpoint = { project: string; endpoint: string }
export type OfSegment = { project: string; segment: string }

const whole = (value: unknown): number => Number(value ?? 0)

/** Most parameters of one statement; SQLite allows 32,766. */
const chunkOf = 500
const chunks = <T>(list: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(list.length / chunkOf) }, (_, turn) =>
    list.slice(turn * chunkOf, (turn + 1) * chunkOf),
  )

const inWindow = (db: Db, { project, endpoint }: OfEndpoint, { from, to }: Pick<Window, 'from' | 'to'>) =>
  at(db)
    .selectFrom('captureSegment')
    .where('project', '=', project)
    .where('endpoint', '=', endpoint)
    .where('fromEvent', '<', to)
    .where('toEvent', '>=', from)

export const captureStore = (db: Db) => ({
  segment: ({ project, segment }: OfSegment, from: Db = db): Promise<SegmentRow | undefined> =>
    at(from)
      .selectFrom('captureSegment')
      .selectAll()
      .where('project', '=', project)
      .where('segment', '=', segment)
      .executeTakeFirst(),

  addSegment: (tx: Tx, row: SegmentRow) => at(tx).insertInto('captureSegment').values(row).execute(),

  newest: ({ project, endpoint }: OfEndpoint, limit: number): Promise<SegmentRow[]> =>
    at(db)
      .selectFrom('captureSegment')
      .selectAll()
      .where('project', '=', project)
      .where('endpoint', '=', endpoint)
      .orderBy('receivedAt', 'desc')
      .orderBy('segment', 'desc')
      .limit(limit)
      .execute(),

  /** Segments that may hold rows of a window, oldest first. */
  overlapping: (of: OfEndpoint, window: Pick<Window, 'from' | 'to'>): Promise<SegmentRow[]> =>
    inWindow(db, of, window).selectAll().orderBy('fromEvent').orderBy('segment').execute(),

  facts: async (of: OfEndpoint, window: Window): Promise<WindowFacts> => {
    const row = await inWindow(db, of, window)
      .select(({ fn }) => [
        fn.countAll<number>().as('segments'),
        fn.sum<number>('rows').as('rows'),
        fn.sum<number>('labels').as('labels'),
        fn.max('receivedAt').as('capturedAt'),
        fn.max('changedAt').as('changedAt'),
      ])
      .executeTakeFirst()
    return {
      segments: whole(row?.segments),
      rows: whole(row?.rows),
      labels: whole(row?.labels),
      capturedAt: whole(row?.capturedAt),
      changedAt: whole(row?.changedAt),
    }
  },

  /** Segments that came or got labels since a moment, that moment included. */
  changedSince: ({ project, endpoint }: OfEndpoint, since: number) =>
    at(db)
      .selectFrom('captureSegment')
      .select(['segment', 'fromEvent', 'toEvent', 'changedAt', 'labels'])
      .where('project', '=', project)
      .where('endpoint', '=', endpoint)
      .where('changedAt', '>=', since)
      .orderBy('changedAt')
      .execute(),

  /** The last event time seen at an endpoint. */
  watermark: async ({ project, endpoint }: OfEndpoint): Promise<number> => {
    const row = await at(db)
      .selectFrom('captureSegment')
      .select('toEvent')
      .where('project', '=', project)
      .where('endpoint', '=', endpoint)
      .orderBy('toEvent', 'desc')
      .limit(1)
      .executeTakeFirst()
    return row?.toEvent ?? 0
  },

  span: async ({ project, endpoint }: OfEndpoint) => {
    const row = await at(db)
      .selectFrom('captureSegment')
      .where('project', '=', project)
      .where('endpoint', '=', endpoint)
      .select(({ fn }) => [
        fn.countAll<number>().as('segments'),
        fn.sum<number>('rows').as('rows'),
        fn.sum<number>('labels').as('labels'),
        fn.min('fromEvent').as('from'),
        fn.max('toEvent').as('to'),
      ])
      .executeTakeFirst()
    return {
      segments: whole(row?.segments),
      rows: whole(row?.rows),
      labels: whole(row?.labels),
      from: row?.from ?? null,
      to: row?.to ?? null,
    }
  },

  known: async (project: string, segments: readonly string[]): Promise<Set<string>> => {
    const found = new Set<string>()
    for (const part of chunks(segments)) {
      const rows = await at(db)
        .selectFrom('captureSegment')
        .select('segment')
        .where('project', '=', project)
        .where('segment', 'in', part)
        .execute()
      for (const { segment } of rows) found.add(segment)
    }
    return found
  },

  addFeedback: async (tx: Tx, row: FeedbackRow, bySegment: ReadonlyMap<string, number>) => {
    await at(tx).insertInto('feedback').values(row).execute()
    const links = [...bySegment].map(([segment, labels]) => ({
      project: row.project,
      segment,
      feedback: row.id,
      labels,
    }))
    for (const part of chunks(links)) await at(tx).insertInto('feedbackSegment').values(part).execute()
    for (const { segment, labels } of links)
      await at(tx)
        .updateTable('captureSegment')
        .set(({ eb }) => ({ labels: eb('labels', '+', labels), changedAt: row.receivedAt }))
        .where('project', '=', row.project)
        .where('segment', '=', segment)
        .execute()
  },

  /** How many labels came for a segment, also before it did. */
  labelsOf: async ({ project, segment }: OfSegment, from: Db = db): Promise<number> => {
    const row = await at(from)
      .selectFrom('feedbackSegment')
      .select(({ fn }) => fn.sum<number>('labels').as('labels'))
      .where('project', '=', project)
      .where('segment', '=', segment)
      .executeTakeFirst()
    return whole(row?.labels)
  },

  /** Feedback with labels of these segments, oldest first. */
  feedbackOf: async (
    project: string,
    segments: readonly string[],
  ): Promise<{ id: string; digest: string }[]> => {
    const found = new Map<string, string>()
    for (const part of chunks(segments)) {
      const rows = await at(db)
        .selectFrom('feedbackSegment')
        .innerJoin('feedback', 'feedback.id', 'feedbackSegment.feedback')
        .select(['feedback.id', 'feedback.digest'])
        .where('feedbackSegment.project', '=', project)
        .where('feedbackSegment.segment', 'in', part)
        .execute()
      for (const { id, digest } of rows) found.set(id, digest)
    }
    return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, digest]) => ({ id, digest }))
  },

  /** Labels received for an endpoint, and those whose segment has never come. */
  labelCounts: async ({ project, endpoint }: OfEndpoint): Promise<{ received: number; unknown: number }> => {
    const received = await at(db)
      .selectFrom('feedback')
      .select(({ fn }) => fn.sum<number>('labels').as('labels'))
      .where('project', '=', project)
      .where('endpoint', '=', endpoint)
      .executeTakeFirst()
    const unknown = await at(db)
      .selectFrom('feedbackSegment')
      .innerJoin('feedback', 'feedback.id', 'feedbackSegment.feedback')
      .leftJoin('captureSegment', (join) =>
        join
          .onRef('captureSegment.project', '=', 'feedbackSegment.project')
          .onRef('captureSegment.segment', '=', 'feedbackSegment.segment'),
      )
      .select(({ fn }) => fn.sum<number>('feedbackSegment.labels').as('labels'))
      .where('feedback.project', '=', project)
      .where('feedback.endpoint', '=', endpoint)
      .where('captureSegment.segment', 'is', null)
      .executeTakeFirst()
    return { received: whole(received?.labels), unknown: whole(unknown?.labels) }
  },
})
export type CaptureStore = ReturnType<typeof captureStore>
