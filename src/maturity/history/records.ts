import type { Actor } from '../../kernel/contract.ts'

/** Where a record stands in the ledger. */
export type Mark = { seq: number; at: number; by: Actor; subject: string }

type CommitRecord = Mark & { repository: string; branch: string; commit: string }

export type RunRecord = Mark & {
  run: string
  pipeline: string
  reproduces: string | null
  code: string | null
  /** Data that went in: repository and commit. */
  data: { repository: string; commit: string }[]
  /** Digests of what each step gave, by `step.output`. */
  outputs: Map<string, string>
  outputSeqs: number[]
  end?: { seq: number; at: number; status: string }
}

export type LineageRecord = {
  pipelineRun: string | null
  /** The step that brought it to the gate. */
  step: string | null
  trackingRun: string | null
  code: string | null
  environment: string | null
  commits: { repository: string; commit: string }[]
}

export type VersionRecord = Mark & {
  model: string
  version: number
  files: string | null
  /** Did a gate with at least one rule that judged let it pass? */
  gated: boolean
  needsApproval: boolean
  lineage: LineageRecord
  approval?: { seq: number; at: number; approvers: Actor[] }
}

type RefusalRecord = Mark & { model: string; lineage: LineageRecord }

export type ReleaseRecord = Mark & {
  endpoint: string
  release: number
  kind: string
  model: string
  version: number
  files: string
  cause: number | null
}

export type RolloutRecord = Mark & {
  rollout: string
  endpoint: string
  release: number
  model: string
  version: number
  champion: number | null
  weights: { weight: number; seq: number }[]
  /** What people did to it while it ran: pause, resume, promote, abort. */
  manual: Mark[]
  end?: Mark & { outcome: 'completed' | 'rolled_back'; cause: string | null }
}

export type FiringRecord = Mark & {
  trigger: string
  source: string
  pipeline: string
  run: string | null
  cause: number | null
  fired: boolean
}

export type AlertRecord = Mark & {
  alert: string
  monitor: string
  endpoint: string
  rule: string
  repeats: number[]
  resolved?: { seq: number; at: number }
}

type WindowRecord = Mark & {
  monitor: string
  endpoint: string
  window: string
  rows: number
  labelled: number
  metrics: Record<string, number | null>
}

type OutageRecord = Mark & { endpoint: string; recovered?: { seq: number; at: number } }

type TrackedRecord = Mark & { run: string; pipelineRun: string | null }

type AppliedRecord = Mark & { kind: string; name: string; version: number }

/** What the ledger says of one project, as records. Grows event by event; nothing in it is ever taken back. */
export type History = {
  head: number
  firstAt: number | null
  commits: CommitRecord[]
  runs: Map<string, RunRecord>
  versions: Map<string, VersionRecord>
  refusals: RefusalRecord[]
  releases: Map<string, ReleaseRecord>
  rollouts: Map<string, RolloutRecord>
  firings: FiringRecord[]
  alerts: Map<string, AlertRecord>
  windows: WindowRecord[]
  outages: OutageRecord[]
  tracked: TrackedRecord[]
  applied: AppliedRecord[]
  /** Parts of the project file that are gone: `endpoint/late-arrival`. */
  gone: Set<string>
  /** Roles of accounts by name, as they were given. */
  roles: Map<string, readonly string[]>
  /** Types of the events that caused others, by sequence: alerts, approvals, commits. */
  typeOf: Map<number, string>
}

export const emptyHistory = (): History => ({
  head: 0,
  firstAt: null,
  commits: [],
  runs: new Map(),
  versions: new Map(),
  refusals: [],
  releases: new Map(),
  rollouts: new Map(),
  firings: [],
  alerts: new Map(),
  windows: [],
  outages: [],
  tracked: [],
  applied: [],
  gone: new Set(),
  roles: new Map(),
  typeOf: new Map(),
})

export const versionKey = (model: string, version: number): string => `${model}/${version}`
export const releaseKey = (endpoint: string, release: number): string => `${endpoint}/${release}`
