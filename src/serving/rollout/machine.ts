import type { Analysis, Figures } from '../contract.ts'
import { later, minus, noFigures } from '../figures.ts'
import { analyse, type Evidence } from './analysis.ts'
import type { Plan, Step } from './plan.ts'

/**
 * The rollout controller as a pure function: everything it knows is in the state, everything it does is in the effects, and time comes in with
 * the events. The service stores state and effects in one transaction, so a restarted server continues where the stored state stands.
 */
export type Status = 'preparing' | 'running' | 'paused' | 'completed' | 'rolled_back'
type Cause = 'analysis' | 'deadline' | 'unready' | 'aborted' | 'superseded'
/** What the agents say about the new release, taken together. */
export type Readiness = 'loading' | 'ready' | 'failed'

export type RolloutState = {
  status: Status
  plan: Plan
  /** False for the very first release: nothing to compare with and nothing to go back to. */
  hasChampion: boolean
  /** -1 until the agents have loaded the release. */
  step: number
  reachedAt: (number | null)[]
  startedAt: number
  deadlineAt: number
  /** Set while paused; the deadline moves by as long. */
  pausedAt: number | null
  lastAt: number
  /** Sums when the step began, and the largest heard since: reports are sums, so repeats and late ones cannot count twice. */
  base: Evidence
  seen: Evidence
  analysis: Analysis | null
  cause: Cause | null
  explanation: string | null
  finishedAt: number | null
}

export type RolloutEvent =
  | {
      type: 'observed'
      at: number
      readiness: Readiness
      why?: string
      canary: Figures
      champion: Figures | null
    }
  | { type: 'pause'; at: number }
  | { type: 'resume'; at: number }
  | { type: 'promote'; at: number }
  | { type: 'abort'; at: number; why: string }
  | { type: 'supersede'; at: number; why: string }

export type Effect =
  | { type: 'stepReached'; step: number; weight: number }
  | { type: 'paused' }
  | { type: 'resumed' }
  | { type: 'completed' }
  | { type: 'rolledBack'; cause: Cause; explanation: string }

export type Transition = { state: RolloutState; effects: Effect[] }

const nothingSeen = (hasChampion: boolean): Evidence => ({
  canary: noFigures(),
  champion: hasChampion ? noFigures() : null,
})

export const startRollout = (plan: Plan, hasChampion: boolean, at: number): RolloutState => ({
  status: 'preparing',
  plan,
  hasChampion,
  step: -1,
  reachedAt: plan.steps.map(() => null),
  startedAt: at,
  deadlineAt: at + plan.deadlineMs,
  pausedAt: null,
  lastAt: at,
  base: nothingSeen(hasChampion),
  seen: nothingSeen(hasChampion),
  analysis: null,
  cause: null,
  explanation: null,
  finishedAt: null,
})

export const isOver = ({ status }: RolloutState): boolean =>
  status === 'completed' || status === 'rolled_back'

/** Percent of the live traffic for both; without a champion the new release has all of it, unless it went back and nothing is left. */
export const weightsOf = (state: RolloutState): { canary: number; champion: number } => {
  if (state.status === 'completed') return { canary: 100, champion: 0 }
  if (state.status === 'rolled_back') return { canary: 0, champion: state.hasChampion ? 100 : 0 }
  if (!state.hasChampion) return { canary: 100, champion: 0 }
  const canary = state.plan.steps[state.step]?.weight ?? 0
  return { canary, champion: 100 - canary }
}

const stay = (state: RolloutState): Transition => ({ state, effects: [] })

const complete = (state: RolloutState, at: number): Transition => ({
  state: { ...state, status: 'completed', step: state.plan.steps.length - 1, pausedAt: null, finishedAt: at },
  effects: [{ type: 'completed' }],
})

const goBack = (
  state: RolloutState,
  at: number,
  { cause, why }: { cause: Cause; why: string },
): Transition => ({
  state: { ...state, status: 'rolled_back', cause, explanation: why, pausedAt: null, finishedAt: at },
  effects: [{ type: 'rolledBack', cause, explanation: why }],
})

const asksForNothing = (step: Step): boolean =>
  step.weight === 100 && step.minRequests === 0 && step.bakeMs === 0

const enter = (state: RolloutState, index: number, at: number): Transition => {
  const step = state.plan.steps[index]
  if (step === undefined) return complete(state, at)
  const entered: RolloutState = {
    ...state,
    status: 'running',
    step: index,
    reachedAt: state.reachedAt.map((reached, position) => (position === index ? at : reached)),
    base: state.seen,
    analysis: null,
  }
  const reached: Effect = { type: 'stepReached', step: index, weight: step.weight }
  if (!asksForNothing(step)) return { state: entered, effects: [reached] }
  const completed = complete(entered, at)
  return { state: completed.state, effects: [reached, ...completed.effects] }
}

const begin = (state: RolloutState, at: number): Transition =>
  state.hasChampion ? enter(state, 0, at) : complete(state, at)

const hear = (state: RolloutState, canary: Figures, champion: Figures | null): RolloutState => ({
  ...state,
  seen: {
    canary: later(state.seen.canary, canary),
    champion: state.seen.champion === null ? null : later(state.seen.champion, champion ?? noFigures()),
  },
})

const sinceStep = ({ base, seen }: RolloutState): Evidence => ({
  canary: minus(seen.canary, base.canary),
  champion: seen.champion === null || base.champion === null ? null : minus(seen.champion, base.champion),
})

/** At weight 100 a step that only bakes asks for no predictions: the steps before it have brought the evidence. */
const satisfied = (step: Step, analysis: Analysis): boolean =>
  analysis.verdict === 'pass' || (step.weight === 100 && step.minRequests === 0)

const failures = (analysis: Analysis): string =>
  analysis.checks
    .filter((check) => check.verdict === 'fail')
    .map((check) => `${check.name}: ${check.explanation}`)
    .join('; ')

const lateBecause = ({ step, analysis, plan }: RolloutState, readiness: Readiness): string => {
  if (step === -1) return 'the agents had not loaded the release before the deadline'
  const weight = plan.steps[step]?.weight ?? 0
  if (readiness !== 'ready') return `the agents were not ready at weight ${weight} before the deadline`
  if (analysis === null || analysis.predictions < analysis.needed)
    return `only ${analysis?.predictions ?? 0} of ${analysis?.needed ?? 0} predictions at weight ${weight} before the deadline`
  return `the evidence at weight ${weight} stayed inconclusive until the deadline`
}

const judge = (state: RolloutState, at: number, readiness: Readiness): Transition => {
  const step = state.plan.steps[state.step]
  if (step === undefined)
    return readiness === 'ready' && state.status === 'preparing' ? begin(state, at) : stay(state)
  const analysis = analyse(sinceStep(state), step, state.plan.limits)
  const judged = { ...state, analysis }
  if (analysis.verdict === 'fail') return goBack(judged, at, { cause: 'analysis', why: failures(analysis) })
  if (state.status !== 'running' || readiness !== 'ready') return stay(judged)
  const baked = at - (state.reachedAt[state.step] ?? at) >= step.bakeMs
  return baked && satisfied(step, analysis) ? enter(judged, state.step + 1, at) : stay(judged)
}

const observe = (state: RolloutState, event: RolloutEvent & { type: 'observed' }): Transition => {
  const heard = hear(state, event.canary, event.champion)
  if (event.readiness === 'failed')
    return goBack(heard, event.at, { cause: 'unready', why: event.why ?? 'no agent could load the release' })
  const judged = judge(heard, event.at, event.readiness)
  // What is proven before the deadline counts; only who still waits at the deadline goes back.
  if (judged.effects.length > 0 || event.at < heard.deadlineAt || heard.pausedAt !== null) return judged
  return goBack(judged.state, event.at, {
    cause: 'deadline',
    why: lateBecause(judged.state, event.readiness),
  })
}

const pause = (state: RolloutState, at: number): Transition =>
  state.status === 'paused'
    ? stay(state)
    : { state: { ...state, status: 'paused', pausedAt: at }, effects: [{ type: 'paused' }] }

const resume = (state: RolloutState, at: number): Transition => {
  if (state.pausedAt === null) return stay(state)
  const heldMs = at - state.pausedAt
  const resumed: RolloutState = {
    ...state,
    status: state.step === -1 ? 'preparing' : 'running',
    pausedAt: null,
    deadlineAt: state.deadlineAt + heldMs,
  }
  return { state: resumed, effects: [{ type: 'resumed' }] }
}

/** One step of the controller. An event that means nothing in this state changes nothing; a finished rollout hears nothing more. */
export const advance = (before: RolloutState, event: RolloutEvent): Transition => {
  if (isOver(before)) return stay(before)
  // A clock that jumps back must not undo baking or stretch the deadline.
  const at = Math.max(event.at, before.lastAt)
  const state = { ...before, lastAt: at }
  if (event.type === 'observed') return observe(state, { ...event, at })
  if (event.type === 'pause') return pause(state, at)
  if (event.type === 'resume') return resume(state, at)
  // Before the agents are ready, all traffic would meet a model that is not there.
  if (event.type === 'promote') return state.step === -1 ? stay(state) : complete(state, at)
  return goBack(state, at, { cause: event.type === 'abort' ? 'aborted' : 'superseded', why: event.why })
}
