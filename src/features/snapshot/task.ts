import type { ViewDefinition } from '../view.ts'

/** What the snapshot program is asked, as JSON on its standard input; it answers a SnapshotReport on its standard output. */
export type SnapshotTask = { view: ViewDefinition; files: string[]; output: string }
export type SnapshotReport = { rows: number } | { problem: { message: string; hint?: string } }
