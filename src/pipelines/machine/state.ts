import type { Artifact, RunStatus, StepError, StepStatus } from '../run.contract.ts'
import type { RetryPolicy, Trigger } from '../plan/plan.ts'

/** What the machine needs to know of a task. */
export type PlannedStep = {
  name: string
  needs: readonly string[]
  trigger: Trigger
  retry: RetryPolicy
  timeoutMs: number
}

/** Steps stand in an order in which they may run. */
export type MachinePlan = { steps: readonly PlannedStep[] }

export type StepState = {
  name: string
  status: StepStatus
  /** Counts from 1; an attempt is one try of the step. */
  attempt: number
  /** Fencing token of the attempt: grows over the whole run, and only the newest may bring a result. */
  token: number
  failures: number
  losses: number
  /** When the executor was last asked to start the attempt and did not answer yet. */
  askedAt: number | null
  /** A running attempt that is not heard of until then is given up. */
  leaseUntil: number | null
  /** The attempt is stopped then; the executor should have done so earlier by itself. */
  deadline: number | null
  /** When the next attempt begins. */
  dueAt: number | null
  stopping: 'cancelled' | 'timeout' | null
  startedAt: number | null
  finishedAt: number | null
  outputs: Record<string, Artifact>
  cachedFrom: string | null
  error: StepError | null
}

export type RunState = {
  status: RunStatus
  /** The machine's last look at the clock. */
  at: number
  /** The last fencing token given out. */
  token: number
  steps: Readonly<Record<string, StepState>>
}

/** What came of an attempt. */
export type Outcome =
  | { status: 'succeeded'; outputs: Record<string, Artifact> }
  | { status: 'cached'; outputs: Record<string, Artifact>; from: string }
  | { status: 'failed'; error: StepError; retriable: boolean }
  | { status: 'cancelled' }
  | { status: 'lost'; error: StepError }

export type MachineEvent =
  | { type: 'tick'; now: number }
  /** A server took the run over: nothing that was on its way before can be relied on. */
  | { type: 'resumed'; now: number }
  | { type: 'alive'; now: number; step: string; token: number; phase: 'starting' | 'running' }
  | { type: 'ended'; now: number; step: string; token: number; outcome: Outcome }
  | { type: 'cancel'; now: number }
  | { type: 'retry'; now: number }

/** What must happen outside. Each may be performed again and again: an executor knows an attempt by its token. */
export type Effect =
  | { type: 'launch'; step: string; attempt: number; token: number }
  | { type: 'stop'; step: string; attempt: number; token: number; reason: 'cancelled' | 'timeout' | 'lost' }

/** What happened, for the ledger: recorded in the transaction that stores the state. */
export type Fact =
  | { type: 'started'; step: string; attempt: number }
  | { type: 'retried'; step: string; attempt: number; error: StepError; lost: boolean }
  | { type: 'stepEnded'; step: string }
  | { type: 'runEnded' }

export type Transition = { state: RunState; effects: Effect[]; facts: Fact[] }

/** The orchestrator: a pure function. */
export type Machine = (plan: MachinePlan, state: RunState, event: MachineEvent) => Transition

/** Time of silence after which a running attempt is given up. */
export const leaseMs = 60_000
/** An order that is not answered is repeated after this time. */
export const repeatMs = 5_000
/** How long an executor may take to end an attempt by itself before the machine asks. */
export const overdueMs = 30_000
/** A longer gap between two looks at the clock is a jump or a sleep: what was due moves along. */
export const gapMs = 30_000
/** Attempts that a step may lose with their machines, so that a step that kills machines ends. */
export const lossLimit = 5

const ended: readonly StepStatus[] = ['succeeded', 'cached', 'failed', 'skipped', 'cancelled']

export const hasEnded = (step: StepState): boolean => ended.includes(step.status)
export const hasSucceeded = (step: StepState): boolean =>
  step.status === 'succeeded' || step.status === 'cached'
export const isInFlight = (step: StepState): boolean =>
  step.status === 'starting' || step.status === 'running'
export const runHasEnded = (state: RunState): boolean =>
  state.status !== 'running' && state.status !== 'cancelling'

const waiting = (name: string): StepState => ({
  name,
  status: 'waiting',
  attempt: 0,
  token: 0,
  failures: 0,
  losses: 0,
  askedAt: null,
  leaseUntil: null,
  deadline: null,
  dueAt: null,
  stopping: null,
  startedAt: null,
  finishedAt: null,
  outputs: {},
  cachedFrom: null,
  error: null,
})

/** A run before its first event; the first `tick` starts what can start. */
export const newRun = (plan: MachinePlan, now: number): RunState => ({
  status: 'running',
  at: now,
  token: 0,
  steps: Object.fromEntries(plan.steps.map(({ name }) => [name, waiting(name)])),
})
