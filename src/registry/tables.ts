import { tables } from '../kernel/db/tables.ts'

type CreatedBy = { createdByKind: string; createdById: string; createdByName: string }

export type ModelRow = {
  project: string
  name: string
  description: string | null
  /** The highest number ever given; a deleted model keeps it, so that no number is used again. */
  lastVersion: number
  createdAt: number
  updatedAt: number
  deletedAt: number | null
}

/** Columns ending in `Json` hold JSON text. */
export type VersionRow = CreatedBy & {
  project: string
  model: string
  version: number
  candidate: string
  createdAt: number
  updatedAt: number
  deletedAt: number | null
  authorsJson: string
  description: string | null
  files: string | null
  sizeBytes: number
  format: string | null
  source: string | null
  runLink: string | null
  loggedModel: string | null
  trackingRun: string | null
  signatureJson: string
  metricsJson: string
  baseline: string | null
  lineageJson: string
  gateJson: string
  approvalState: 'pending' | 'approved' | 'rejected'
  approvalsNeeded: number
  approvalRound: number
  approvalRequestedAt: number | null
  stage: string
  seal: string | null
}

export type CandidateRow = CreatedBy & {
  id: string
  project: string
  model: string
  pipelineRun: string | null
  step: string | null
  at: number
  decision: 'registered' | 'refused'
  version: number | null
  files: string | null
  baseline: string | null
  metricsJson: string
  lineageJson: string
  gateJson: string
}

export type ApprovalRow = {
  id: string
  project: string
  model: string
  version: number
  round: number
  at: number
  byKind: string
  byId: string
  byName: string
  decision: 'approved' | 'rejected'
  comment: string | null
}

export type RegistryTables = {
  model: ModelRow
  modelTag: { project: string; model: string; key: string; value: string }
  modelVersion: VersionRow
  modelVersionTag: { project: string; model: string; version: number; key: string; value: string }
  modelAlias: { project: string; model: string; alias: string; version: number }
  modelCandidate: CandidateRow
  modelApproval: ApprovalRow
}

export const at = tables<RegistryTables>()
