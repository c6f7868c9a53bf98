import {
  backOff,
  change,
  closeDraft,
  delayMs,
  endStep,
  launch,
  openDraft,
  stepOf,
  type Draft,
} from './draft.ts'
import {
  gapMs,
  hasEnded,
  hasSucceeded,
  isInFlight,
  leaseMs,
  lossLimit,
  overdueMs,
  repeatMs,
  runHasEnded,
  type Machine,
  type MachineEvent,
  type Outcome,
  type PlannedStep,
  type RunState,
  type StepState,
} from './state.ts'

const moved = (time: number | null, byMs: number) => (time === null ? null : time + byMs)

/** Time that nobody watched (a jump of the clock, a sleeping machine, a server that was away) makes nothing due. */
const withoutGap = (state: RunState, now: number): RunState => {
  const gap = now - state.at
  if (gap >= 0 && gap <= gapMs) return state
  const steps = Object.values(state.steps).map((step): [string, StepState] => [
    step.name,
    hasEnded(step) || step.status === 'waiting'
      ? step
      : {
          ...step,
          askedAt: moved(step.askedAt, gap),
          leaseUntil: moved(step.leaseUntil, gap),
          deadline: moved(step.deadline, gap),
          dueAt: moved(step.dueAt, gap),
        },
  ])
  return { ...state, steps: Object.fromEntries(steps) }
}

const plannedStep = (draft: Draft, name: string): PlannedStep => {
  const planned = draft.plan.steps.find((step) => step.name === name)
  if (!planned) throw new Error(`The plan has no step ${name}.`)
  return planned
}

const stop = (draft: Draft, step: StepState, reason: 'cancelled' | 'timeout' | 'lost') => {
  draft.effects.push({ type: 'stop', step: step.name, attempt: step.attempt, token: step.token, reason })
}

const fail = (draft: Draft, step: StepState, outcome: Extract<Outcome, { status: 'failed' }>) => {
  const planned = plannedStep(draft, step.name)
  const failures = step.failures + 1
  const { error } = outcome
  if (step.stopping === 'cancelled')
    return endStep(draft, step.name, { status: 'cancelled', failures, error })
  if (!outcome.retriable || failures >= planned.retry.attempts)
    return endStep(draft, step.name, { status: 'failed', failures, error })
  draft.facts.push({ type: 'retried', step: step.name, attempt: step.attempt, error, lost: false })
  backOff(draft, step.name, { failures, error, delayMs: delayMs(planned, failures) })
}

/** An attempt went down with its machine, which is not the step's fault: another follows, within a limit of its own. */
const lose = (draft: Draft, step: StepState, error: NonNullable<StepState['error']>) => {
  const losses = step.losses + 1
  stop(draft, step, 'lost')
  if (step.stopping === 'cancelled') return endStep(draft, step.name, { status: 'cancelled', losses, error })
  if (losses > lossLimit) return endStep(draft, step.name, { status: 'failed', losses, error })
  draft.facts.push({ type: 'retried', step: step.name, attempt: step.attempt, error, lost: true })
  backOff(draft, step.name, { losses, error, delayMs: delayMs(plannedStep(draft, step.name), losses) })
}

const overdue = (planned: PlannedStep) => ({
  code: 'timeout',
  message: `The attempt took longer than ${planned.timeoutMs / 1000} s and was ended.`,
  hint: 'Raise `timeout` of the step, or find out in the log what it waits for.',
})

const settleOutcome = (draft: Draft, step: StepState, outcome: Outcome) => {
  switch (outcome.status) {
    case 'succeeded':
      return endStep(draft, step.name, { status: 'succeeded', outputs: outcome.outputs, error: null })
    case 'cached':
      return endStep(draft, step.name, {
        status: 'cached',
        outputs: outcome.outputs,
        cachedFrom: outcome.from,
        error: null,
      })
    case 'failed':
      return fail(draft, step, outcome)
    case 'lost':
      return lose(draft, step, outcome.error)
    case 'cancelled':
      if (step.stopping === 'timeout')
        return fail(draft, step, {
          status: 'failed',
          error: overdue(plannedStep(draft, step.name)),
          retriable: true,
        })
      return endStep(draft, step.name, {
        status: step.stopping === 'cancelled' ? 'cancelled' : 'failed',
        error: { code: 'cancelled', message: 'The attempt was ended before it was done.' },
      })
  }
}

/** Only the attempt that holds the newest token is listened to. */
const holder = (draft: Draft, event: { step: string; token: number }): StepState | undefined => {
  const step = draft.steps[event.step]
  return step && isInFlight(step) && step.token === event.token ? step : undefined
}

const markRunning = (draft: Draft, step: StepState) => {
  if (step.status === 'running') return
  const { timeoutMs } = plannedStep(draft, step.name)
  change(draft, step.name, {
    status: 'running',
    askedAt: null,
    startedAt: step.startedAt ?? draft.now,
    deadline: draft.now + timeoutMs + overdueMs,
  })
  draft.facts.push({ type: 'started', step: step.name, attempt: step.attempt })
}

const hear = (draft: Draft, event: Extract<MachineEvent, { type: 'alive' }>) => {
  const step = holder(draft, event)
  if (!step) return
  if (event.phase === 'running') {
    markRunning(draft, step)
    change(draft, step.name, { leaseUntil: draft.now + leaseMs })
  } else if (step.status === 'starting') change(draft, step.name, { askedAt: draft.now })
}

const accept = (draft: Draft, event: Extract<MachineEvent, { type: 'ended' }>) => {
  const step = holder(draft, event)
  if (!step) return
  const ran = event.outcome.status === 'succeeded' || event.outcome.status === 'failed'
  if (ran) markRunning(draft, step)
  settleOutcome(draft, stepOf(draft, step.name), event.outcome)
}

const silence = {
  code: 'lost',
  message: 'Nothing was heard of the attempt any more: its machine is gone or cut off.',
}

const repeatStop = (draft: Draft, step: StepState) => {
  if (step.stopping === null || (step.askedAt !== null && draft.now - step.askedAt < repeatMs)) return
  stop(draft, step, step.stopping)
  change(draft, step.name, { askedAt: draft.now })
}

const repeatLaunch = (draft: Draft, step: StepState) => {
  if (step.status !== 'starting' || step.stopping !== null) return
  if (step.askedAt !== null && draft.now - step.askedAt < repeatMs) return
  draft.effects.push({
    type: 'launch',
    step: step.name,
    attempt: step.attempt,
    token: step.token,
  })
  change(draft, step.name, { askedAt: draft.now })
}

const watch = (draft: Draft, step: StepState) => {
  if (step.status === 'backoff' && step.dueAt !== null && step.dueAt <= draft.now)
    return launch(draft, step.name)
  if (step.leaseUntil !== null && step.leaseUntil <= draft.now) return lose(draft, step, silence)
  if (step.deadline !== null && step.deadline <= draft.now && step.stopping === null)
    change(draft, step.name, { stopping: 'timeout', askedAt: null })
  repeatStop(draft, stepOf(draft, step.name))
  repeatLaunch(draft, stepOf(draft, step.name))
}

const resume = (draft: Draft) => {
  for (const step of Object.values(draft.steps))
    if (isInFlight(step))
      change(draft, step.name, {
        askedAt: null,
        leaseUntil: step.leaseUntil === null ? null : draft.now + leaseMs,
      })
}

const cancel = (draft: Draft) => {
  if (draft.run.status !== 'running') return
  draft.run = { ...draft.run, status: 'cancelling' }
  for (const step of Object.values(draft.steps)) {
    // Even one that never answered is waited for no longer than a lease.
    if (isInFlight(step))
      change(draft, step.name, {
        stopping: 'cancelled',
        askedAt: null,
        leaseUntil: step.leaseUntil ?? draft.now + leaseMs,
      })
    else if (!hasEnded(step)) endStep(draft, step.name, { status: 'cancelled' })
  }
}

const again = (draft: Draft) => {
  if (draft.run.status !== 'failed' && draft.run.status !== 'cancelled') return
  draft.run = { ...draft.run, status: 'running' }
  for (const step of Object.values(draft.steps))
    if (!hasSucceeded(step))
      change(draft, step.name, { status: 'waiting', failures: 0, losses: 0, finishedAt: null, error: null })
}

/** Starts what can start and skips what never can; one pass is enough because the plan is in order. */
const settleWaiting = (draft: Draft) => {
  for (const { name, needs, trigger } of draft.plan.steps) {
    if (stepOf(draft, name).status !== 'waiting') continue
    const upstream = needs.map((need) => stepOf(draft, need))
    if (trigger === 'upstream succeeded' && upstream.some((step) => hasEnded(step) && !hasSucceeded(step)))
      endStep(draft, name, { status: 'skipped' })
    else if (upstream.every(trigger === 'upstream succeeded' ? hasSucceeded : hasEnded)) launch(draft, name)
  }
}

const settleRun = (draft: Draft) => {
  const steps = Object.values(draft.steps)
  if (runHasEnded(draft.run) || !steps.every(hasEnded)) return
  const failed = steps.some((step) => step.status === 'failed')
  const status = draft.run.status === 'cancelling' ? 'cancelled' : failed ? 'failed' : 'succeeded'
  draft.run = { ...draft.run, status }
  draft.facts.push({ type: 'runEnded' })
}

const take = (draft: Draft, event: MachineEvent) => {
  switch (event.type) {
    case 'tick':
      return
    case 'resumed':
      return resume(draft)
    case 'alive':
      return hear(draft, event)
    case 'ended':
      return accept(draft, event)
    case 'cancel':
      return cancel(draft)
    case 'retry':
      return again(draft)
  }
}

/**
 * The orchestrator of a run: `(state, event) → (state, effects, facts)`, without a clock, a disk or chance. Events may be lost,
 * late, repeated or out of order: results without the newest token are refused, orders without an answer are repeated.
 */
export const machine: Machine = (plan, state, event) => {
  const draft = openDraft(plan, withoutGap(state, event.now), event.now)
  take(draft, event)
  if (!runHasEnded(draft.run)) {
    for (const step of Object.values(draft.steps)) watch(draft, step)
    settleWaiting(draft)
    settleRun(draft)
  }
  return closeDraft(draft)
}
