import type { Static } from '../../kernel/contract.ts'
import {
  aliasMoved,
  approvalRequested,
  type Lineage,
  versionApproved,
  versionRefused,
  versionRegistered,
} from '../../registry/contract.ts'
import { type LineageRecord, versionKey } from './records.ts'
import { markOf, teller } from './teller.ts'

const lineageOf = (lineage: Static<typeof Lineage>): LineageRecord => ({
  pipelineRun: lineage.pipelineRun,
  step: lineage.step,
  trackingRun: lineage.trackingRun,
  code: lineage.code,
  environment: lineage.environment,
  commits: Object.values(lineage.commits),
})

/** Versions that the gate let pass, candidates that it refused, and who approved. */
export const modelTellers = [
  // Kept only as a cause: a release that follows from an alias is nobody’s hand.
  teller(aliasMoved, () => {}),
  teller(versionRegistered, (history, event) => {
    const { model, version, files, gate, approval, lineage } = event.data
    history.versions.set(versionKey(model, version), {
      ...markOf(event),
      model,
      version,
      files,
      gated: gate.passed && gate.results.some(({ outcome }) => outcome === 'passed'),
      needsApproval: approval === 'pending',
      lineage: lineageOf(lineage),
    })
  }),
  teller(versionRefused, (history, event) => {
    const { model, lineage } = event.data
    history.refusals.push({ ...markOf(event), model, lineage: lineageOf(lineage) })
  }),
  teller(approvalRequested, (history, { data }) => {
    const version = history.versions.get(versionKey(data.model, data.version))
    if (version && data.needed > 0) version.needsApproval = true
  }),
  teller(versionApproved, (history, { seq, at, data }) => {
    const version = history.versions.get(versionKey(data.model, data.version))
    if (version) version.approval = { seq, at, approvers: data.approvers }
  }),
]
