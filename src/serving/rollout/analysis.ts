import type { Analysis, Figures } from '../contract.ts'
import { errorRate, latencyQuantile, meanError, meanPrediction, pairedShift } from '../figures.ts'
import type { Limits, Step } from './plan.ts'

type Check = Analysis['checks'][number]
/** What both releases did during the same step; `champion` is null where none is live beside the canary. */
export type Evidence = { canary: Figures; champion: Figures | null }

type Shift = {
  value: number
  error: number
  calls: number
  predictions: number
  mine: number
  theirs: number
}

/** A mean needs this many calls before its standard error means anything. */
const leastCalls = 5
/** A shift is called a failure when it is beyond the limit by this many standard errors; in between the step waits for more evidence. */
const standardErrors = 2
/**
 * Nor does it wait for ever: a release that after this many times the evidence asked for still lies beyond the limit has not shown that it is
 * safe, and goes back. Without this a shift just past the limit would hold the canary until the deadline.
 */
const patience = 4

const percent = (share: number): string => `${(share * 100).toFixed(2)} %`
const decimals = (value: number): string => value.toFixed(4)

const errorCheck = (canary: Figures, limit: number, needed: number): Check => {
  const seen = canary.predictions + canary.errors
  const value = errorRate(canary)
  // Already certain: even if all that is still missing succeeds, the share stays above the limit.
  const certain = canary.errors > limit * Math.max(seen, needed)
  const verdict = certain ? 'fail' : seen < Math.max(needed, 1) || value > limit ? 'inconclusive' : 'pass'
  const explanation = `${canary.errors} of ${seen} predictions failed (${percent(value)}, limit ${percent(limit)})`
  return { name: 'errorRate', verdict, value, limit, explanation }
}

const latencyCheck = (canary: Figures, limit: number, enough: boolean): Check => {
  const value = latencyQuantile(canary, 0.95)
  const verdict = value === null || !enough ? 'inconclusive' : value > limit ? 'fail' : 'pass'
  const explanation =
    value === null
      ? 'no calls yet'
      : `95 % of the calls took up to ${value.toFixed(1)} ms (limit ${limit} ms)`
  return { name: 'latencyP95Ms', verdict, value, limit, explanation }
}

/** How far the canary's mean lies from the champion's: on the same rows where they were paired, else between their own. */
const shiftOf = (canary: Figures, champion: Figures): Shift | undefined => {
  const paired = pairedShift(canary)
  const mine = meanPrediction(canary)
  const theirs = meanPrediction(champion)
  if (mine === null || (paired === null && theirs === null)) return undefined
  if (paired) {
    const { calls, predictions } = canary.paired
    return { ...paired, value: Math.abs(paired.value), calls, predictions, mine, theirs: mine - paired.value }
  }
  return {
    value: Math.abs(mine - (theirs ?? 0)),
    error: Math.hypot(meanError(canary), meanError(champion)),
    calls: Math.min(canary.requests, champion.requests),
    predictions: canary.predictions + canary.errors,
    mine,
    theirs: theirs ?? 0,
  }
}

const shiftCheck = ({ canary, champion }: Evidence, limit: number, needed: number): Check => {
  const base = { name: 'predictionShift', limit } as const
  const shift = champion === null ? undefined : shiftOf(canary, champion)
  if (!shift) return { ...base, verdict: 'inconclusive', value: null, explanation: 'nothing to compare yet' }
  const { value, error, calls, predictions } = shift
  const explanation = `mean prediction ${decimals(shift.mine)} beside ${decimals(shift.theirs)} of the live release (± ${decimals(error)}, limit ${limit})`
  if (predictions < needed || calls < leastCalls)
    return { ...base, verdict: 'inconclusive', value, explanation }
  const isFar = predictions >= patience * needed || value > limit + standardErrors * error
  const verdict = value <= limit ? 'pass' : isFar ? 'fail' : 'inconclusive'
  return { ...base, verdict, value, explanation }
}

/**
 * Judges one step. Too few predictions are inconclusive and never a pass. A prediction shift is judged only while the live release still
 * gets traffic; at weight 100 the steps before have judged it.
 */
export const analyse = (evidence: Evidence, step: Step, limits: Limits): Analysis => {
  const { canary, champion } = evidence
  const predictions = canary.predictions + canary.errors
  const enough = predictions >= Math.max(step.minRequests, 1)
  const checks = [errorCheck(canary, limits.errorRate, step.minRequests)]
  if (limits.latencyP95Ms !== null) checks.push(latencyCheck(canary, limits.latencyP95Ms, enough))
  if (limits.predictionShift !== null && champion !== null && step.weight < 100)
    checks.push(shiftCheck(evidence, limits.predictionShift, Math.max(step.minRequests, 1)))
  const has = (verdict: Check['verdict']) => checks.some((check) => check.verdict === verdict)
  const verdict = has('fail') ? 'fail' : has('inconclusive') ? 'inconclusive' : 'pass'
  return { verdict, predictions, needed: step.minRequests, checks }
}
