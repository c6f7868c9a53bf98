import { createHash } from 'node:crypto'
import type { Principal } from '../kernel/auth/principal.ts'
import type { Tx } from '../kernel/db/tables.ts'
import type { StoredDefinition } from '../kernel/definitions/definitions.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { triggerFired, triggerSkipped, type Source, type Trigger } from './contract.ts'
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

export const keyOf = ({ project, trigger }: Target): OfTrigger => ({ project, trigger: trigger.name })

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/**
 * The id of the run that a cause starts: the same however often the cause is dealt with, so a repeated start is no second run.
 * Time first, as in every id, so that runs sort by age; then 80 bits of trigger and cause.
 */
export const runIdOf = (of: OfTrigger, { key, at }: Pick<Cause, 'key' | 'at'>): string => {
  const digest = createHash('sha256').update(`${of.project}/${of.trigger}/${key}`).digest()
  const time = Array.from(
    { length: 10 },
    (_, place) => alphabet[Math.floor(at / 32 ** (9 - place)) % 32],
  ).join('')
  const chance = Array.from(digest.subarray(0, 16), (byte) => alphabet[byte % 32]).join('')
  return `run_${time}${chance}`
}

const historyOf = async (tx: Tx, store: TriggerStore, given: { target: Target; cause: Cause }) => {
  const { target, cause } = given
  const of = keyOf(target)
  return {
    isPaused: (await store.state(of, tx))?.isPaused === 1,
    lastStartedAt: (await store.lastStarted(tx, of))?.at,
    activeRun: (await store.active(tx, of))?.run ?? undefined,
    startedInPeriod: await store.startedSince(tx, of, budgetSince(target.trigger.body, cause.at)),
    isOwnWork: cause.by?.kind === 'run' && (await store.hasStarted(tx, of, cause.by.id)),
  }
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
      run: starts ? runIdOf(of, cause) : null,
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
    settle: (
      id: string,
      outcome: { decision: 'started' } | { decision: 'failed'; why: string },
    ): Promise<FiringRow | undefined> =>
      kernel.write(async (tx) => {
        const row = await store.firing(id, tx)
        if (row?.decision !== 'starting') return row
        const change =
          outcome.decision === 'started'
            ? { decision: 'started' }
            : {
                decision: 'failed',
                isActive: 0,
                reason: `${row.reason} The run could not be started: ${outcome.why}`,
              }
        await store.change(tx, id, change)
        const settled = { ...row, ...change }
        await tell(tx, settled, outcome.decision === 'started' ? triggerFired : triggerSkipped)
        return settled
      }),
  }
}
export type FiringService = ReturnType<typeof firingService>
