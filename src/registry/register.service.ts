import { system } from '../kernel/auth/principal.ts'
import type { Tx } from '../kernel/db/tables.ts'
import { AppError } from '../kernel/errors.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { Tracking } from '../tracking/index.ts'
import type { ApprovalService } from './approval.service.ts'
import { uniqueActors } from './approval.ts'
import { versionRefused, versionRegistered } from './contract.ts'
import { type ModelFiles, readModelFiles } from './files.ts'
import { type Champion, decide, metricsOf } from './gate.ts'
import { findModel, insertModel, updateModel } from './model.store.ts'
import { sealOf } from './seal.ts'
import { type GateDecision, type Lineage, type Metrics, modelDefinition } from './schemas.ts'
import type { CandidateRow, VersionRow } from './tables.ts'
import type { ActorRef } from './version.service.ts'
import * as store from './version.store.ts'

/** What the pipeline gives to its builtin `models/register`. Digests name blobs: a tree for files, JSON documents for the others. */
export type RegisterContext = {
  project: string
  /** The pipeline run and its step: the same two again give the same answer and make nothing new. */
  run: string
  step: string
  /** Who started the run; for a trigger, who applied its definition. May not approve the version. */
  actor: ActorRef
  /** Others who made the version and may not approve it either. */
  authors?: readonly ActorRef[]
  trackingRun?: string
  code?: string
  environment?: string
  commits?: Lineage['commits']
  with: { model: string; description?: string }
  inputs: { files: string; metrics?: string; baseline?: string }
}

export type Registered = {
  decision: 'registered' | 'refused'
  version?: number
  candidate: string
  gate: GateDecision
}

/** A candidate from any door, with all that the gate and the record need. */
export type Submission = {
  project: string
  model: string
  actor: ActorRef
  authors: readonly ActorRef[]
  lineage: Lineage
  metrics: Metrics
  files: string | null
  baseline: string | null
  description: string | null
  source: string | null
  runLink: string | null
  loggedModel: string | null
  tags: Readonly<Record<string, string>>
}

const noFiles: ModelFiles = { files: [], sizeBytes: 0, format: 'other', signature: null }

const answer = (row: Pick<CandidateRow, 'id' | 'decision' | 'version' | 'gateJson'>): Registered => ({
  decision: row.decision,
  ...(row.version === null ? {} : { version: row.version }),
  candidate: row.id,
  gate: JSON.parse(row.gateJson) as GateDecision,
})

type Deps = { kernel: Kernel; tracking: Tracking; approvals: ApprovalService }

export const registerService = ({ kernel, tracking, approvals }: Deps) => {
  const { db, write, ids, clock, ledger, blobs, definitions, keys } = kernel

  const championOf = async (tx: Tx, { project, model }: Submission): Promise<Champion | undefined> => {
    const alias = (await store.aliasesOf(tx, { project, model })).find((one) => one.alias === 'champion')
    const row = alias && (await store.findVersion(tx, { project, model, version: alias.version }))
    return row && { version: row.version, metrics: JSON.parse(row.metricsJson) as Metrics }
  }

  const nextVersion = async (tx: Tx, { project, model }: Submission, now: number): Promise<number> => {
    const row = await findModel(tx, project, model)
    const version = (row?.lastVersion ?? 0) + 1
    await updateModel(tx, { project, name: model }, { lastVersion: version, updatedAt: now })
    return version
  }

  type Judged = { gate: GateDecision; needed: number; candidate: string; now: number; described: ModelFiles }

  const candidateRow = (
    given: Submission,
    { gate, candidate, now }: Judged,
    version: number | null,
  ): CandidateRow => ({
    id: candidate,
    project: given.project,
    model: given.model,
    pipelineRun: given.lineage.pipelineRun,
    step: given.lineage.step,
    at: now,
    decision: gate.passed ? 'registered' : 'refused',
    version,
    files: given.files,
    baseline: given.baseline,
    metricsJson: JSON.stringify(given.metrics),
    lineageJson: JSON.stringify(given.lineage),
    gateJson: JSON.stringify(gate),
    createdByKind: given.actor.kind,
    createdById: given.actor.id,
    createdByName: given.actor.name,
  })

  const versionRow = (given: Submission, judged: Judged, version: number): VersionRow => {
    const { gate, needed, candidate, now, described } = judged
    const row = {
      project: given.project,
      model: given.model,
      version,
      candidate,
      createdAt: now,
      updatedAt: now,
      deletedAt: null,
      createdByKind: given.actor.kind,
      createdById: given.actor.id,
      createdByName: given.actor.name,
      authorsJson: JSON.stringify(uniqueActors([given.actor, ...given.authors])),
      description: given.description,
      files: given.files,
      sizeBytes: described.sizeBytes,
      format: given.files === null ? null : described.format,
      source: given.source,
      runLink: given.runLink,
      loggedModel: given.loggedModel,
      trackingRun: given.lineage.trackingRun,
      signatureJson: JSON.stringify(described.signature),
      metricsJson: JSON.stringify(given.metrics),
      baseline: given.baseline,
      lineageJson: JSON.stringify(given.lineage),
      gateJson: JSON.stringify(gate),
      approvalState: needed > 0 ? ('pending' as const) : ('approved' as const),
      approvalsNeeded: needed,
      approvalRound: 1,
      approvalRequestedAt: needed > 0 ? now : null,
      stage: 'None',
    }
    return { ...row, seal: sealOf(row, keys.privateKey) }
  }

  const refuse = async (tx: Tx, given: Submission, judged: Judged) => {
    const { gate, candidate } = judged
    await store.insertCandidate(tx, candidateRow(given, judged, null))
    await ledger.append(tx, {
      event: versionRefused,
      project: given.project,
      subject: `model/${given.model}`,
      data: { model: given.model, candidate, gate, metrics: given.metrics, lineage: given.lineage },
      actor: given.actor,
    })
  }

  const accept = async (tx: Tx, given: Submission, judged: Judged): Promise<number> => {
    const version = await nextVersion(tx, given, judged.now)
    const row = versionRow(given, judged, version)
    await store.insertCandidate(tx, candidateRow(given, judged, version))
    await store.insertVersion(tx, row)
    for (const [key, value] of Object.entries(given.tags))
      await store.setVersionTag(tx, { project: row.project, model: row.model, version, key, value })
    const isPending = row.approvalState === 'pending'
    await ledger.append(tx, {
      event: versionRegistered,
      project: given.project,
      subject: `model/${given.model}/${version}`,
      data: {
        model: given.model,
        version,
        files: given.files,
        gate: judged.gate,
        approval: isPending ? 'pending' : 'approved',
        lineage: given.lineage,
      },
      actor: given.actor,
    })
    if (isPending) await approvals.tellRequested(tx, row, { actor: given.actor, comment: null })
    else await approvals.tellApproved(tx, row, { actor: system, comment: 'No approval is asked for.' })
    return version
  }

  /** Lets the gate decide and records what it decided, in one transaction. */
  const submit = async (given: Submission): Promise<Registered> => {
    const described = given.files === null ? noFiles : await readModelFiles(blobs, given.files)
    const declared = await definitions.get(given.project, modelDefinition, given.model)
    return write(async (tx) => {
      const { pipelineRun, step } = given.lineage
      const known =
        pipelineRun !== null && step !== null
          ? await store.findCandidate(tx, { project: given.project, pipelineRun, step })
          : undefined
      if (known) return answer(known)
      const now = clock.now()
      await insertModel(tx, { project: given.project, name: given.model, description: null, now })
      const champion = await championOf(tx, given)
      const gate: GateDecision = {
        ...decide(declared?.body.gate, given.metrics, champion),
        definition: declared ? { version: declared.version, digest: declared.digest } : null,
        champion: champion?.version ?? null,
      }
      const candidate = ids('cand')
      const judged = { gate, needed: declared?.body.approval?.count ?? 0, candidate, now, described }
      if (!gate.passed) {
        await refuse(tx, given, judged)
        return { decision: 'refused' as const, candidate, gate }
      }
      return { decision: 'registered' as const, version: await accept(tx, given, judged), candidate, gate }
    })
  }

  const readMetrics = async (digest: string | undefined): Promise<Metrics> => {
    if (digest === undefined) return {}
    const text = (await blobs.read(digest)).toString('utf8')
    try {
      return metricsOf(JSON.parse(text))
    } catch (error) {
      throw new AppError('invalid', 'The metrics are not a JSON document.', {
        hint: 'Write an object of numbers, for example {"auc": 0.7}.',
        cause: error,
      })
    }
  }

  return {
    submit,

    async register(context: RegisterContext): Promise<Registered> {
      const { project, run, step } = context
      const known = await store.findCandidate(db, { project, pipelineRun: run, step })
      if (known) return answer(known)
      const tracked = context.trackingRun ?? (await tracking.runOfPipeline(project, run))?.id
      return submit({
        project,
        model: context.with.model,
        actor: context.actor,
        authors: context.authors ?? [],
        lineage: {
          pipelineRun: run,
          step,
          trackingRun: tracked ?? null,
          code: context.code ?? null,
          environment: context.environment ?? null,
          commits: context.commits ?? {},
        },
        metrics: await readMetrics(context.inputs.metrics),
        files: context.inputs.files,
        baseline: context.inputs.baseline ?? null,
        description: context.with.description ?? null,
        source: null,
        runLink: null,
        loggedModel: null,
        tags: {},
      })
    },
  }
}
export type RegisterService = ReturnType<typeof registerService>
