import type { Baseline, ColumnDrift, Quality } from '../schemas.ts'
import type { DriftMethod } from './drift.ts'

/** What the server writes to the child's stdin: one JSON document. Paths are local files. */
export type WindowRequest = {
  from: number
  to: number
  /** Capture segments that may hold rows of the window. */
  segments: string[]
  /** Feedback files that hold labels of these segments, oldest first. */
  feedback: string[]
  baseline: Baseline | null
  drift: { method: DriftMethod; limit: number | undefined; nulls: number; columns: string[] | undefined }
  minimumRows: number
  /** Where the rows go as Parquet. */
  output: string
  spill: string
}

/** What the child answers on stdout. */
export type WindowResult = {
  rows: number
  labelled: number
  badLines: number
  unknownLabels: number
  duplicateLabels: number
  quality: Quality[]
  drift: ColumnDrift[]
  notes: string[]
}

export type ChildReply = { ok: WindowResult } | { error: string }
