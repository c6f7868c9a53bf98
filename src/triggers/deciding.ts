import { durationMs } from '../kernel/duration.ts'
import type { Trigger } from './contract.ts'

/** What a trigger has done so far, as far as a decision needs it. */
export type History = {
  isPaused: boolean
  /** When it last started a run. */
  lastStartedAt: number | undefined
  /** A run that it started and that has not ended, in words. */
  active: string | undefined
  /** Runs it started within its budget's period. */
  startedInPeriod: number
  /** The cause is the work of a run that this trigger started. */
  isOwnWork: boolean
}

export type Decision = { starts: boolean; reason: string }

const skip = (reason: string): Decision => ({ starts: false, reason })

/** Start of the period over which the budget counts. */
export const budgetSince = (body: Trigger, now: number): number =>
  body.budget ? now - durationMs(body.budget.per) : now

/**
 * Does this cause start a run? The guards, from the plainest: paused; the cause is its own run's work (a pipeline that commits to
 * the repository it is started by would go round for ever); a run of it is active; cooldown; budget.
 */
export const decide = (body: Trigger, history: History, cause: { now: number; what: string }): Decision => {
  if (history.isPaused) return skip(`${cause.what}, but the trigger is paused.`)
  if (history.isOwnWork)
    return skip(`${cause.what}, but by a run that this trigger started: it does not start itself.`)
  if (history.active !== undefined && body.overlap !== 'allow')
    return skip(`${cause.what}, but ${history.active} by this trigger has not ended.`)
  const cooldown = durationMs(body.cooldown ?? '0s')
  if (history.lastStartedAt !== undefined && cause.now - history.lastStartedAt < cooldown)
    return skip(`${cause.what}, but the cooldown of ${body.cooldown} since the last start is not over.`)
  if (body.budget && history.startedInPeriod >= body.budget.runs)
    return skip(`${cause.what}, but the budget of ${body.budget.runs} runs per ${body.budget.per} is spent.`)
  return { starts: true, reason: `${cause.what}.` }
}
