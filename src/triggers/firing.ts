import type { Principal } from '../kernel/auth/principal.ts'
import type { Tx } from '../kernel/db/tables.ts'
import type { StoredDefinition } from '../kernel/definitions/definitions.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { triggerFired, triggerSkipped, type Source, type Trigger } from './contract.ts'
import { runFinished, runRetried } from '../pipelines/contract.ts'
import { budgetSince, decide, type Decision } from './deciding.ts'
import type { OfTrigger, TriggerStore } from './store.ts'
import type { FiringRow } from './tables.ts'

export type Target = { project: string; trigger: StoredDefinition<Trigger> }
export type Actor = Pick<Principal, 'kind' | 'id' | 'name'>

/** Something that a trigger waits for has happened. `key` names it once and for all. */
export type Cause = {
  key: string
  what: string
  source: Source
  at: number
  seq?: number
  slot?: number
  /** Who did what it reacts to. */
  by?: { kind: string; id: string }
  /** In whose name the run starts. */
  actor: Actor
  parameters?: Record<string, unknown>
}

export type Outcome = { run: string } | { why: string }

export const keyOf = ({ project, trigger }: Target): OfTrigger => ({ project, trigger: trigger.name })

const historyOf = async (tx: Tx, store: TriggerStore, given: { target: Target; cause: Cause }) => {
  const { target, cause } = given
  const of = keyOf(target)
  const active = await store.active(tx, of)
  return {
    isPaused: (await store.state(of, tx))?.isPaused === 1,
    lastStartedAt: (await store.lastStarted(tx, of))?.at,
    active: active && (active.run === null ? 'a run that is being started' : `run ${active.run}`),
    startedInPeriod: await store.startedSince(tx, of, budgetSince(target.trigger.body, cause.at)),
    isOwnWork: cause.by?.kind === 'run' && (await store.hasStarted(tx, of, cause.by.id)),
  }
}

/** The event of a run's end may have been dealt with before the run was known here. */
const hasEnded = async ({ ledger }: Kernel, project: string, run: string): Promise<boolean> => {
  const types = [runFinished.type, runRetried.type]
  const events = await ledger.read({ project, types, newestFirst: true, limit: 100 })
  return events.find(({ data }) => (data as { run: string }).run === run)?.type === runFinished.type
}

const settledBy = async (kernel: Kernel, row: FiringRow, outcome: Outcome): Promise<FiringRow> =>
  'run' in outcome
    ? {
        ...row,
        decision: 'started',
        run: outcome.run,
        isActive: (await hasEnded(kernel, row.project, outcome.run)) ? 0 : 1,
      }
    : {
        ...row,
        decision: 'failed',
        isActive: 0,
        reason: `${row.reason} The run could not be started: ${outcome.why}`,
      }

/** Decides on a cause and writes down the decision with its event; the same cause is decided once. */
export const firingService = ({ kernel, store }: { kernel: Kernel; store: TriggerStore }) => {
  const tell = (tx: Tx, row: FiringRow, event: typeof triggerFired) =>
    kernel.ledger.append(tx, {
      event,
      project: row.project,
      subject: `trigger/${row.trigger}`,
      actor: JSON.parse(row.actor) as Actor,
      cause: row.causeSeq,
      data: {
        firing: row.id,
        trigger: row.trigger,
        source: row.source,
        pipeline: row.pipeline,
        run: row.decision === 'started' ? row.run : null,
        cause: row.causeSeq,
        reason: row.reason,
      },
    })

  const write = async (
    tx: Tx,
    given: { target: Target; cause: Cause },
    { starts, reason }: Decision,
  ): Promise<FiringRow> => {
    const { target, cause } = given
    const of = keyOf(target)
    const { start } = target.trigger.body
    const row: FiringRow = {
      id: kernel.ids('firing'),
      ...of,
      cause: cause.key,
      at: cause.at,
      source: cause.source,
      decision: starts ? 'starting' : 'skipped',
      reason,
      pipeline: start.pipeline,
      parameters: JSON.stringify({ ...start.parameters, ...cause.parameters }),
      run: null,
      isActive: starts ? 1 : 0,
      causeSeq: cause.seq ?? null,
      slot: cause.slot ?? null,
      actor: JSON.stringify(cause.actor),
    }
    await store.add(tx, row)
    if (!starts) await tell(tx, row, triggerSkipped)
    return row
  }

  return {
    /** In a transaction: decides and records. The run, if it starts one, is started afterwards by `starter`. */
    record: async (tx: Tx, target: Target, cause: Cause): Promise<FiringRow> => {
      const known = await store.byCause(tx, keyOf(target), cause.key)
      if (known) return known
      const history = await historyOf(tx, store, { target, cause })
      const decision = decide(target.trigger.body, history, { now: cause.at, what: cause.what })
      return write(tx, { target, cause }, decision)
    },

    /** In a transaction: records a cause that is known to start nothing. */
    skip: async (tx: Tx, target: Target, cause: Cause): Promise<FiringRow> =>
      (await store.byCause(tx, keyOf(target), cause.key)) ??
      write(tx, { target, cause }, { starts: false, reason: `${cause.what}.` }),

    /** Writes down how the start went, once. */
    settle: (id: string, outcome: Outcome): Promise<FiringRow | undefined> =>
      kernel.write(async (tx) => {
        const row = await store.firing(id, tx)
        if (row?.decision !== 'starting') return row
        const settled = await settledBy(kernel, row, outcome)
        const { decision, run, isActive, reason } = settled
        await store.change(tx, id, { decision, run, isActive, reason })
        await tell(tx, settled, 'run' in outcome ? triggerFired : triggerSkipped)
        return settled
      }),
  }
}
export type FiringService = ReturnType<typeof firingService>
