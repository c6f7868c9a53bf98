import type { GateDecision, GateRule, Metrics, RuleResult } from './schemas.ts'

/**
 * The gate: pure rules over the metrics of a candidate. The same rules and metrics always give the same decision,
 * so that a past decision can be replayed.
 */
export type Champion = { version: number; metrics: Metrics }
export type Decision = Pick<GateDecision, 'passed' | 'note' | 'results'>

const maxMetrics = 1000
const maxDepth = 5

/** The numbers of a metrics document by name; those of inner objects by dotted names. What is no number is left out. */
export const metricsOf = (document: unknown): Metrics => {
  const found: Record<string, number | null> = {}
  const visit = (value: unknown, name: string, depth: number) => {
    if (Object.keys(found).length >= maxMetrics) return
    if (typeof value === 'number' || value === null) {
      if (name !== '') found[name] = typeof value === 'number' && Number.isFinite(value) ? value : null
    } else if (typeof value === 'object' && !Array.isArray(value) && depth < maxDepth)
      for (const [key, inner] of Object.entries(value))
        visit(inner, name === '' ? key : `${name}.${key}`, depth + 1)
  }
  visit(document, '', 0)
  return found
}

const beaten = (margin: number) => (margin === 0 ? '' : ` by more than ${margin}`)

/** A rule in words. */
const printRule = ({ metric, min, max, below, above, margin = 0, when }: GateRule): string => {
  const parts = [
    ...(min === undefined ? [] : [`at least ${min}`]),
    ...(max === undefined ? [] : [`at most ${max}`]),
    ...(below === undefined ? [] : [`below ${below}${beaten(margin)}`]),
    ...(above === undefined ? [] : [`above ${above}${beaten(margin)}`]),
  ]
  return `${metric} is ${parts.join(' and ')}${when === undefined ? '' : `, when there is a ${when}`}`
}

const readable = (value: number): string => String(Number(value.toPrecision(6)))

type Lookup = (name: string) => number | undefined

/** `champion.auc` is the metric that the champion was registered with; any other name is one of the candidate's own. */
const lookupIn =
  (metrics: Metrics, champion: Champion | undefined): Lookup =>
  (name) => {
    if (Object.hasOwn(metrics, name)) return metrics[name] ?? undefined
    const own = name.startsWith('champion.') ? name.slice('champion.'.length) : undefined
    return own !== undefined && champion && Object.hasOwn(champion.metrics, own)
      ? (champion.metrics[own] ?? undefined)
      : undefined
  }

type Check = { holds: boolean; why: string }

const againstNumber = (value: number, { min, max }: GateRule): Check[] => [
  ...(min === undefined ? [] : [{ holds: value >= min, why: `${readable(value)} against at least ${min}` }]),
  ...(max === undefined ? [] : [{ holds: value <= max, why: `${readable(value)} against at most ${max}` }]),
]

const againstOther = (value: number, rule: GateRule, lookup: Lookup): Check[] => {
  const margin = rule.margin ?? 0
  const check = (name: string | undefined, side: 'below' | 'above'): Check[] => {
    if (name === undefined) return []
    const other = lookup(name)
    if (other === undefined) return [{ holds: false, why: `the metrics have no number ${name}` }]
    const holds = side === 'below' ? value < other - margin : value > other + margin
    return [{ holds, why: `${readable(value)} against ${side} ${readable(other)}${beaten(margin)}` }]
  }
  return [...check(rule.below, 'below'), ...check(rule.above, 'above')]
}

const judge = (rule: GateRule, lookup: Lookup, champion: Champion | undefined): RuleResult => {
  const words = printRule(rule)
  if (rule.when === 'champion' && !champion)
    return { rule: words, outcome: 'skipped', why: 'There is no champion yet.' }
  const value = lookup(rule.metric)
  if (value === undefined)
    return { rule: words, outcome: 'failed', why: `The metrics have no number ${rule.metric}.` }
  const checks = [...againstNumber(value, rule), ...againstOther(value, rule, lookup)]
  if (checks.length === 0)
    return {
      rule: words,
      outcome: 'failed',
      why: 'The rule says no limit: it needs min, max, below or above.',
    }
  return {
    rule: words,
    outcome: checks.every(({ holds }) => holds) ? 'passed' : 'failed',
    why: `${rule.metric}: ${checks.map(({ why }) => why).join('; ')}.`,
  }
}

/** Passes when no rule fails. A rule that can't be judged fails: silence must not open a gate. */
export const decide = (
  rules: readonly GateRule[] | undefined,
  metrics: Metrics,
  champion?: Champion,
): Decision => {
  if (!rules || rules.length === 0) return { passed: true, note: 'no gate declared', results: [] }
  const lookup = lookupIn(metrics, champion)
  const results = rules.map((rule) => judge(rule, lookup, champion))
  return { passed: results.every(({ outcome }) => outcome !== 'failed'), note: null, results }
}
