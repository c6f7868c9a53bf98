import { tables } from '../kernel/db/tables.ts'

export type EndpointRow = {
  project: string
  name: string
  liveRelease: number | null
  /** Release whose version the alias `champion` was moved to; behind `liveRelease` while that is still to be done. */
  aliasRelease: number | null
  health: string
  updatedAt: number
}
export type ReleaseRow = {
  project: string
  endpoint: string
  number: number
  kind: string
  /** The release whose version a rollback brings back. */
  restores: number | null
  model: string
  version: number
  files: string
  tree: string
  signature: string
  definitionVersion: number
  createdAt: number
  createdBy: string
}
export type RolloutRow = {
  id: string
  project: string
  endpoint: string
  release: number
  champion: number | null
  status: string
  state: string
  /** Sequence of the ledger event that said it started: what follows names it as its cause. */
  cause: number
  startedAt: number
  finishedAt: number | null
}
export type AgentRow = {
  name: string
  address: string
  incarnation: string
  report: string
  seenAt: number
}
export type FigureRow = {
  agent: string
  incarnation: string
  project: string
  endpoint: string
  release: number
  figures: string
  updatedAt: number
}
export type DesiredRow = { fleet: string; revision: number; body: string; updatedAt: number }
export type FollowRow = { project: string; model: string; version: number; cause: number; createdAt: number }

export const at = tables<{
  servingEndpoint: EndpointRow
  servingRelease: ReleaseRow
  servingRollout: RolloutRow
  servingAgent: AgentRow
  servingFigure: FigureRow
  servingDesired: DesiredRow
  servingFollow: FollowRow
}>()
