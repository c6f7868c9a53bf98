import type { Monitor, Rule, RuleMetric } from './definition.ts'
import type { Quality, RuleVerdict, WindowView } from './schemas.ts'
import type { WindowResult } from './window/protocol.ts'

export const defaultMinimumRows = 100

type Measured = Pick<WindowResult, 'rows' | 'labelled' | 'quality' | 'drift'>
type Reading = Pick<RuleVerdict, 'reason'> & { value: number | null; verdict?: RuleVerdict['verdict'] }

const overDrift: Partial<Record<RuleMetric, (drift: Measured['drift']) => number | null>> = {
  drifted_columns: (drift) => drift.filter((column) => column.drifted).length,
  drift_share: (drift) => drift.filter((column) => column.drifted).length / drift.length,
  largest_drift: (drift) => {
    const values = drift.flatMap(({ method, value }) => (value === null || method === 'chi2' ? [] : [value]))
    return values.length === 0 ? null : Math.max(...values)
  },
  null_rise: (drift) =>
    Math.max(...drift.map(({ nullRate, referenceNullRate }) => (nullRate ?? 0) - (referenceNullRate ?? 0))),
}

export const liveQuality = (quality: readonly Quality[]): Quality | undefined =>
  quality.find(({ role, version }) => role === 'live' && version === null)

const fromLabels = (metric: RuleMetric, measured: Measured, minimum: number): Reading => {
  const live = liveQuality(measured.quality)
  if (metric === 'mean_prediction') return { value: live?.meanPrediction ?? null }
  if (!live || live.labelled < minimum)
    return {
      value: null,
      verdict: 'insufficient',
      reason: `${live?.labelled ?? 0} labelled rows, ${minimum} are needed`,
    }
  return { value: live.metrics[metric] ?? null }
}

const read = (
  metric: RuleMetric,
  measured: Measured,
  given: { minimum: number; isLabelled: boolean },
): Reading => {
  if (measured.rows < given.minimum)
    return {
      value: null,
      verdict: 'insufficient',
      reason: `${measured.rows} rows, ${given.minimum} are needed`,
    }
  const ofDrift = overDrift[metric]
  if (ofDrift)
    return measured.drift.length === 0
      ? { value: null, reason: 'no column was compared' }
      : { value: ofDrift(measured.drift) }
  const reading = fromLabels(metric, measured, given.minimum)
  if (given.isLabelled || metric === 'mean_prediction') return reading
  return {
    value: reading.value,
    verdict: 'waiting',
    reason: `${measured.labelled} of ${measured.rows} rows have a label so far`,
  }
}

/** The side of the rule that is broken, or the one it is nearest to. */
const compare = (
  rule: Rule,
  value: number,
): { isBroken: boolean; limit: number; direction: 'above' | 'below' } => {
  const above = { limit: rule.max ?? Infinity, direction: 'above' as const }
  const below = { limit: rule.min ?? -Infinity, direction: 'below' as const }
  if (value > above.limit) return { isBroken: true, ...above }
  if (value < below.limit) return { isBroken: true, ...below }
  return { isBroken: false, ...(rule.max === undefined ? below : above) }
}

const judge = (metric: RuleMetric, rule: Rule, reading: Reading): RuleVerdict => {
  const { isBroken, limit, direction } = compare(rule, reading.value ?? Number.NaN)
  const shown = { rule: metric, value: reading.value, limit, direction }
  if (reading.verdict !== undefined)
    return {
      ...shown,
      verdict: reading.verdict,
      ...(reading.reason === undefined ? {} : { reason: reading.reason }),
    }
  if (reading.value === null)
    return {
      ...shown,
      verdict: 'unknown',
      reason: reading.reason ?? 'the figure cannot be said for these rows',
    }
  return { ...shown, verdict: isBroken ? 'broken' : 'fine' }
}

/** Holds what was measured against every rule of the monitor. What cannot be judged is never called fine. */
export const verdictsOf = (body: Monitor, measured: Measured, isLabelled: boolean): RuleVerdict[] =>
  Object.entries(body.alert ?? {}).map(([name, rule]) => {
    const metric = name as RuleMetric
    const minimum = body.minimumRows ?? defaultMinimumRows
    return judge(metric, rule, read(metric, measured, { minimum, isLabelled }))
  })

const bySeverity = ['broken', 'waiting', 'insufficient', 'unknown', 'fine'] as const

/** The one word for a window: the worst of its verdicts; without rules only whether there was enough to measure. */
export const statusOf = (
  body: Monitor,
  rows: number,
  verdicts: readonly RuleVerdict[],
): WindowView['status'] => {
  if (rows < (body.minimumRows ?? defaultMinimumRows)) return 'insufficient'
  return bySeverity.find((word) => verdicts.some(({ verdict }) => verdict === word)) ?? 'unknown'
}

/** Is the figure back so far that an open alert may be closed? `clear` keeps a value on the limit from opening and closing it by turns. */
export const isClear = (
  rule: Rule,
  { value, direction }: Pick<RuleVerdict, 'value' | 'direction'>,
): boolean => {
  if (value === null) return false
  if (rule.clear === undefined) return true
  return direction === 'above' ? value <= rule.clear : value >= rule.clear
}
