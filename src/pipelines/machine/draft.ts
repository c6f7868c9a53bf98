import {
  hasEnded,
  type Effect,
  type Fact,
  type MachinePlan,
  type PlannedStep,
  type RunState,
  type StepState,
  type Transition,
} from './state.ts'

/** One transition being written down: unchanged steps stay the same objects, so a store can see what changed. */
export type Draft = {
  plan: MachinePlan
  run: RunState
  steps: Record<string, StepState>
  effects: Effect[]
  facts: Fact[]
  now: number
}

export const openDraft = (plan: MachinePlan, run: RunState, now: number): Draft => ({
  plan,
  run,
  steps: { ...run.steps },
  effects: [],
  facts: [],
  now,
})

export const closeDraft = ({ run, steps, effects, facts, now }: Draft): Transition => ({
  state: { ...run, at: now, steps },
  effects,
  facts,
})

export const stepOf = (draft: Draft, name: string): StepState => {
  const step = draft.steps[name]
  if (!step) throw new Error(`The run has no step ${name}.`)
  return step
}

export const change = (draft: Draft, name: string, changes: Partial<StepState>): StepState => {
  const changed = { ...stepOf(draft, name), ...changes }
  draft.steps[name] = changed
  return changed
}

const idle = { askedAt: null, leaseUntil: null, deadline: null, dueAt: null, stopping: null }

/** Ends a step for good. */
export const endStep = (
  draft: Draft,
  name: string,
  changes: Partial<StepState> & Pick<StepState, 'status'>,
) => {
  const step = change(draft, name, { ...idle, finishedAt: draft.now, ...changes })
  if (hasEnded(step)) draft.facts.push({ type: 'stepEnded', step: name })
}

/** Asks for a first or further attempt, under a new token. */
export const launch = (draft: Draft, name: string) => {
  const token = draft.run.token + 1
  draft.run = { ...draft.run, token }
  const { attempt } = change(draft, name, {
    ...idle,
    status: 'starting',
    attempt: stepOf(draft, name).attempt + 1,
    token,
    askedAt: draft.now,
    error: null,
  })
  draft.effects.push({ type: 'launch', step: name, attempt, token })
}

/** Puts the next attempt off. */
export const backOff = (draft: Draft, name: string, changes: Partial<StepState> & { delayMs: number }) => {
  const { delayMs, ...rest } = changes
  change(draft, name, { ...idle, ...rest, status: 'backoff', dueAt: draft.now + delayMs })
}

/** Delay before the next attempt: grows by the factor with each failure, up to the most the policy allows. */
export const delayMs = ({ retry }: PlannedStep, earlier: number): number =>
  Math.min(retry.delayMs * retry.factor ** Math.max(0, earlier - 1), retry.maxDelayMs)
