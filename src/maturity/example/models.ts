import type { Actor } from '../../kernel/contract.ts'
import {
  approvalRequested,
  versionApproved,
  versionRefused,
  versionRegistered,
} from '../../registry/contract.ts'
import { ana, digest, system, type Telling } from './teller.ts'

const passed = {
  passed: true,
  note: null,
  results: [{ rule: 'auc is at least 0.6', outcome: 'passed' as const, why: 'it is 0.7' }],
  definition: null,
  champion: null,
}

const lineage = (commit: string, run: { run: string; tracked: string } | undefined) => ({
  pipelineRun: run?.run ?? null,
  step: run ? 'register' : null,
  trackingRun: run?.tracked ?? null,
  code: run ? digest(7) : null,
  environment: run ? digest(8) : null,
  commits: run ? { flights: { repository: 'flights', commit } } : {},
})

/** Versions, refusals and approvals. */
export const modelsOf = ({ tell, next }: Telling) => {
  const register = (commit: string, run?: { run: string; tracked: string }, gated = true) => {
    const version = next()
    const gate = gated ? passed : { ...passed, results: [] }
    const data = {
      model: 'late',
      version,
      files: digest(version, 'f'),
      gate,
      approval: 'pending' as const,
      lineage: lineage(commit, run),
    }
    tell(versionRegistered, {
      subject: `model/late/${version}`,
      data,
      actor: run ? { kind: 'run', id: run.run, name: run.run } : ana,
    })
    tell(approvalRequested, {
      subject: `model/late/${version}`,
      data: { model: 'late', version, needed: 1, comment: null },
      actor: system,
    })
    return version
  }

  const refuse = (commit: string, run: { run: string; tracked: string }) =>
    tell(versionRefused, {
      subject: 'model/late',
      data: {
        model: 'late',
        candidate: `cand_${next()}`,
        gate: { ...passed, passed: false },
        metrics: {},
        lineage: lineage(commit, run),
      },
      actor: { kind: 'run', id: run.run, name: run.run },
    })

  const approve = (version: number, by: Actor) =>
    tell(versionApproved, {
      subject: `model/late/${version}`,
      data: { model: 'late', version, approvers: [by], comment: null },
      actor: by,
    })

  return { register, refuse, approve }
}
