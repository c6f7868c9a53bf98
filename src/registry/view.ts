import { approvalOf } from './approval.ts'
import type { Actor } from '../kernel/contract.ts'
import type {
  Candidate,
  GateDecision,
  Lineage,
  Metrics,
  Model,
  ModelDefinition,
  ModelVersion,
} from './schemas.ts'
import type { ApprovalRow, CandidateRow, ModelRow, VersionRow } from './tables.ts'

/** Rows as what the contract promises. Pure. */

const createdBy = (row: VersionRow | CandidateRow): Actor => ({
  kind: row.createdByKind,
  id: row.createdById,
  name: row.createdByName,
})

export type VersionParts = {
  approvals: readonly ApprovalRow[]
  aliases: readonly string[]
  tags: Record<string, string>
  sealIsIntact: boolean
}

export const authorsOf = (row: VersionRow): Actor[] => JSON.parse(row.authorsJson) as Actor[]

export const toVersion = (
  row: VersionRow,
  { approvals, aliases, tags, sealIsIntact }: VersionParts,
): ModelVersion => ({
  project: row.project,
  model: row.model,
  version: row.version,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
  createdBy: createdBy(row),
  authors: authorsOf(row),
  description: row.description,
  files: row.files,
  sizeBytes: row.sizeBytes,
  format: row.format,
  source: row.source,
  runLink: row.runLink,
  loggedModel: row.loggedModel,
  stage: row.stage,
  signature: JSON.parse(row.signatureJson) as unknown,
  metrics: JSON.parse(row.metricsJson) as Metrics,
  baseline: row.baseline,
  lineage: JSON.parse(row.lineageJson) as Lineage,
  gate: JSON.parse(row.gateJson) as GateDecision,
  approval: approvalOf(row, approvals),
  aliases: [...aliases],
  tags,
  seal: row.seal,
  sealIsIntact,
})

export const toCandidate = (row: CandidateRow): Candidate => ({
  id: row.id,
  model: row.model,
  at: row.at,
  createdBy: createdBy(row),
  decision: row.decision,
  version: row.version,
  gate: JSON.parse(row.gateJson) as GateDecision,
  metrics: JSON.parse(row.metricsJson) as Metrics,
  files: row.files,
  baseline: row.baseline,
  lineage: JSON.parse(row.lineageJson) as Lineage,
})

export type ModelParts = {
  definition: ModelDefinition | undefined
  latestVersion: number | null
  aliases: readonly { alias: string; version: number }[]
  tags: Record<string, string>
  waiting: number
}

export const toModel = (
  row: ModelRow,
  { definition, latestVersion, aliases, tags, waiting }: ModelParts,
): Model => ({
  name: row.name,
  description: definition?.description ?? row.description,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
  latestVersion,
  aliases: Object.fromEntries(aliases.map(({ alias, version }) => [alias, version])),
  tags,
  gate: definition?.gate ?? [],
  approval: { count: definition?.approval?.count ?? 0 },
  waiting,
})
