import type { Tx } from '../kernel/db/tables.ts'
import { AppError } from '../kernel/errors.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { afterDecision, type Decision } from './approval.ts'
import { approvalRequested, versionApproved, versionRejected } from './contract.ts'
import type { ModelVersion } from './schemas.ts'
import type { VersionRow } from './tables.ts'
import type { ActorRef, VersionService } from './version.service.ts'
import * as store from './version.store.ts'
import { authorsOf } from './view.ts'

const subjectOf = ({ model, version }: VersionRow) => `model/${model}/${version}`

type Step = { actor: ActorRef; comment: string | null }

export const approvalService = ({ write, ids, clock, ledger }: Kernel, versions: VersionService) => {
  const tellRequested = (tx: Tx, row: VersionRow, { actor, comment }: Step) =>
    ledger.append(tx, {
      event: approvalRequested,
      project: row.project,
      subject: subjectOf(row),
      data: { model: row.model, version: row.version, needed: row.approvalsNeeded, comment },
      actor,
    })

  const tellApproved = async (tx: Tx, row: VersionRow, { actor, comment }: Step) => {
    const decisions = await store.approvalsOf(tx, row)
    const approvers = decisions
      .filter(({ round, decision }) => round === row.approvalRound && decision === 'approved')
      .map(({ byKind, byId, byName }) => ({ kind: byKind, id: byId, name: byName }))
    return ledger.append(tx, {
      event: versionApproved,
      project: row.project,
      subject: subjectOf(row),
      data: { model: row.model, version: row.version, approvers, comment },
      actor,
    })
  }

  const record = async (
    tx: Tx,
    row: VersionRow,
    { actor, comment, decision }: Step & { decision: Decision },
  ) => {
    const decisions = await store.approvalsOf(tx, row)
    const state = afterDecision({ row, decisions, authors: authorsOf(row) }, actor, decision)
    await store.insertApproval(tx, {
      id: ids('apr'),
      project: row.project,
      model: row.model,
      version: row.version,
      round: row.approvalRound,
      at: clock.now(),
      byKind: actor.kind,
      byId: actor.id,
      byName: actor.name,
      decision,
      comment,
    })
    if (state !== row.approvalState)
      await store.updateVersion(tx, row, { approvalState: state, updatedAt: clock.now() })
    return state
  }

  return {
    tellRequested,
    tellApproved,

    async approve(key: store.VersionKey, step: Step): Promise<ModelVersion> {
      await write(async (tx) => {
        const row = await versions.mustFind(tx, key)
        const state = await record(tx, row, { ...step, decision: 'approved' })
        if (state === 'approved') await tellApproved(tx, row, step)
      })
      return versions.get(key)
    },

    async reject(key: store.VersionKey, { actor, comment }: Step): Promise<ModelVersion> {
      await write(async (tx) => {
        const row = await versions.mustFind(tx, key)
        await record(tx, row, { actor, comment, decision: 'rejected' })
        await ledger.append(tx, {
          event: versionRejected,
          project: row.project,
          subject: subjectOf(row),
          data: { model: row.model, version: row.version, comment },
          actor,
        })
      })
      return versions.get(key)
    },

    /** Opens a new round: earlier decisions stay on record and count no more. */
    async request(key: store.VersionKey, step: Step): Promise<ModelVersion> {
      await write(async (tx) => {
        const row = await versions.mustFind(tx, key)
        if (row.approvalState === 'approved')
          throw new AppError('conflict', `${key.model} ${key.version} is approved already.`)
        const change = {
          approvalState: 'pending' as const,
          approvalRound: row.approvalRound + 1,
          approvalRequestedAt: clock.now(),
          updatedAt: clock.now(),
        }
        await store.updateVersion(tx, row, change)
        await tellRequested(tx, { ...row, ...change }, step)
      })
      return versions.get(key)
    },
  }
}
export type ApprovalService = ReturnType<typeof approvalService>
