import type { Tx } from '../../kernel/db/tables.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import {
  errorText,
  insertAttempt,
  keepCached,
  removeAttempt,
  updateAttempt,
  attemptId,
} from '../attempt.store.ts'
import { runFinished, stepFinished, stepRetried, stepStarted } from '../contract.ts'
import {
  isInFlight,
  runHasEnded,
  type Fact,
  type RunState,
  type StepState,
  type Transition,
} from '../machine/state.ts'
import { durableOf, updateState, type RunRecord } from '../run.store.ts'
import type { Starter } from '../ports.ts'
import type { Exit } from '../runner/executor.ts'

/** What is known of how a process ended, beside the outcome. */
export type Ending = {
  token: number
  exit: Exit | null
  log: { digest: string; sizeBytes: number } | null
  /** Under this key the outputs may be taken again. */
  cacheKey: string | null
}

export type Recorded = {
  record: RunRecord
  revision: number
  before: RunState
  transition: Transition
  ending: Ending | undefined
}

export const changedSteps = (before: RunState, after: RunState): StepState[] =>
  Object.values(after.steps).filter((step) => {
    const was = before.steps[step.name]
    return was !== step && (!was || JSON.stringify(durableOf(was)) !== JSON.stringify(durableOf(step)))
  })

const attemptStatus = (was: StepState, is: StepState) => {
  if (is.status === 'succeeded' && is.token === was.token) return 'succeeded'
  if (is.losses > was.losses) return 'lost'
  return is.failures > was.failures || is.status === 'failed' ? 'failed' : 'cancelled'
}

const exitColumns = (ending: Ending | undefined) => ({
  ...(ending?.exit && {
    startedAt: ending.exit.startedAt,
    finishedAt: ending.exit.finishedAt,
    wallMs: ending.exit.wallMs,
    cpuMs: ending.exit.cpuMs,
    peakMemoryBytes: ending.exit.peakMemoryBytes,
    exitCode: ending.exit.code,
    signal: ending.exit.signal,
  }),
  ...(ending?.log && { log: ending.log.digest, logBytes: ending.log.sizeBytes }),
})

const endAttempt = async (tx: Tx, { record, before, transition, ending }: Recorded, is: StepState) => {
  const was = before.steps[is.name]
  if (!was || !isInFlight(was) || (isInFlight(is) && is.token === was.token)) return
  const id = attemptId(record.id, was.token)
  if (is.status === 'cached') return void (await removeAttempt(tx, id))
  const own = ending?.token === was.token ? ending : undefined
  await updateAttempt(tx, id, {
    finishedAt: transition.state.at,
    ...exitColumns(own),
    status: attemptStatus(was, is),
    error: errorText(is.status === 'succeeded' ? null : (is.error ?? lastError(transition.facts, is))),
  })
}

/** When the next attempt began in the same moment, the error of the last one stands only in the fact. */
const lastError = (facts: readonly Fact[], step: StepState) => {
  const fact = facts.find((one) => one.type === 'retried' && one.step === step.name)
  return fact?.type === 'retried' ? fact.error : null
}

const recordAttempts = async (tx: Tx, recorded: Recorded, changed: readonly StepState[]) => {
  const { record, before, transition, ending } = recorded
  for (const is of changed) {
    const was = before.steps[is.name]
    await endAttempt(tx, recorded, is)
    if (is.token !== was?.token && is.token > 0)
      await insertAttempt(tx, {
        run: record.id,
        step: is.name,
        attempt: is.attempt,
        token: is.token,
        startedAt: transition.state.at,
      })
    if (is.status === 'running' && was?.status !== 'running')
      await updateAttempt(tx, attemptId(record.id, is.token), { status: 'running' })
    if (is.status === 'succeeded' && was?.status !== 'succeeded' && ending?.cacheKey)
      await keepCached(tx, {
        project: record.project,
        key: ending.cacheKey,
        run: record.id,
        step: is.name,
        outputs: is.outputs,
        createdAt: transition.state.at,
      })
  }
}

const tellFact = async (
  ledger: Kernel['ledger'],
  tx: Tx,
  { fact, recorded }: { fact: Fact; recorded: Recorded },
) => {
  const { record, transition } = recorded
  const actor: Starter = { kind: 'run', id: record.id, name: record.pipeline }
  const common = { project: record.project, subject: `pipeline-run/${record.id}`, actor }
  const subject = { pipeline: record.pipeline, run: record.id }
  const { state } = transition
  if (fact.type === 'runEnded') {
    const failedSteps = Object.values(state.steps).filter((step) => step.status === 'failed')
    const data = {
      ...subject,
      status: state.status,
      failedSteps: failedSteps.map(({ name }) => name),
      wallMs: Math.max(0, state.at - record.createdAt),
    }
    await ledger.append(tx, { ...common, event: runFinished, data })
    return
  }
  const step = state.steps[fact.step]
  if (!step) return
  if (fact.type === 'started')
    await ledger.append(tx, {
      ...common,
      event: stepStarted,
      data: { ...subject, step: step.name, attempt: fact.attempt },
    })
  else if (fact.type === 'retried')
    await ledger.append(tx, {
      ...common,
      event: stepRetried,
      data: { ...subject, step: step.name, attempt: fact.attempt, error: fact.error },
    })
  else {
    const { attempt, status, outputs, error } = step
    await ledger.append(tx, {
      ...common,
      event: stepFinished,
      data: { ...subject, step: step.name, attempt, status, outputs, error },
    })
  }
}

/** Stores a transition, its attempts and its events: all in the one transaction. */
export const recordTransition = async (
  ledger: Kernel['ledger'],
  tx: Tx,
  recorded: Recorded,
): Promise<void> => {
  const { record, revision, before, transition } = recorded
  const { state, facts } = transition
  const changed = changedSteps(before, state)
  const finishedAt = runHasEnded(state) ? state.at : null
  await updateState(tx, { id: record.id, revision, changed, state, finishedAt })
  await recordAttempts(tx, recorded, changed)
  for (const fact of facts) await tellFact(ledger, tx, { fact, recorded })
}
