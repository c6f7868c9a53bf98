import type { driftMethods } from '../definition.ts'
import type { Binned } from '../profile/column.ts'
import type { ColumnBaseline, ColumnDrift } from '../schemas.ts'
import { jensenShannon, psi, totalVariation } from '../stats/divergence.ts'
import { chiSquare, largestGap, smirnovP } from '../stats/tests.ts'
import { total } from '../stats/tally.ts'
import { wasserstein } from '../stats/wasserstein.ts'

export type DriftMethod = (typeof driftMethods)[number]

const defaultLimit: Record<DriftMethod, number> = {
  psi: 0.25,
  js: 0.1,
  ks: 0.1,
  wasserstein: 0.1,
  tv: 0.1,
  chi2: 0.05,
}

/** What a window holds of one column, in the bins of the baseline. */
export type Current = {
  rows: number
  present: number
  mean: number | null
  /** By the baseline's coarse bins, or its categories followed by «other». */
  counts: number[]
  grid: Binned | undefined
  unseen: string[]
}

export type DriftRules = {
  method: DriftMethod
  limit: number | undefined
  nulls: number
  minimumRows: number
}

/** Distances that need an order do not exist for categories; those columns use the one named here. */
const methodFor = (method: DriftMethod, type: ColumnBaseline['type']): DriftMethod => {
  if (type === 'numeric') return method
  return method === 'ks' ? 'tv' : method === 'wasserstein' ? 'js' : method
}

const tallyOfBins = (means: readonly (number | null)[], counts: readonly number[]) => {
  const kept = means.flatMap((mean, at) => (mean === null ? [] : [{ mean, count: counts[at] ?? 0 }]))
  return { values: kept.map(({ mean }) => mean), counts: kept.map(({ count }) => count) }
}

type Measured = { value: number; pValue?: number }

const onGrid = (method: 'ks' | 'wasserstein', base: ColumnBaseline, grid: Binned | undefined): Measured => {
  const reference = base.grid
  if (!reference || !grid) return { value: 0 }
  if (method === 'ks') {
    const value = largestGap(reference.counts, grid.counts)
    return { value, pValue: smirnovP(value, total(reference.counts), total(grid.counts)) }
  }
  const area = wasserstein(
    tallyOfBins(reference.means, reference.counts),
    tallyOfBins(grid.means, grid.counts),
  )
  return { value: area / Math.max(base.std ?? 0, Number.MIN_VALUE) }
}

const measure = (method: DriftMethod, base: ColumnBaseline, current: Current): Measured => {
  const reference = referenceCounts(base)
  switch (method) {
    case 'psi':
      return { value: psi(reference, current.counts) }
    case 'js':
      return { value: jensenShannon(reference, current.counts) }
    case 'tv':
      return { value: totalVariation(reference, current.counts) }
    case 'chi2': {
      const { pValue } = chiSquare(reference, current.counts)
      return { value: pValue, pValue }
    }
    case 'ks':
    case 'wasserstein':
      return onGrid(method, base, current.grid)
  }
}

const referenceCounts = (base: ColumnBaseline): number[] =>
  base.type === 'numeric'
    ? (base.counts ?? [])
    : [...(base.categories ?? []).map(({ count }) => count), base.other ?? 0]

const labels = (base: ColumnBaseline): string[] => {
  if (base.type !== 'numeric') return [...(base.categories ?? []).map(({ value }) => value), 'other']
  const edges = (base.edges ?? []).map((edge) => String(Number(edge.toPrecision(6))))
  return Array.from({ length: edges.length + 1 }, (_, at) =>
    at === 0
      ? `< ${edges[0] ?? '∞'}`
      : at === edges.length
        ? `≥ ${edges[at - 1]}`
        : `${edges[at - 1]} – ${edges[at]}`,
  )
}

const shownBins = 30

const binsOf = (base: ColumnBaseline, current: Current): ColumnDrift['bins'] => {
  const reference = referenceCounts(base)
  const names = labels(base)
  const sums = [Math.max(1, total(reference)), Math.max(1, total(current.counts))] as const
  const shown = names.map((label, at) => ({
    label,
    reference: (reference[at] ?? 0) / sums[0],
    current: (current.counts[at] ?? 0) / sums[1],
  }))
  if (shown.length <= shownBins) return shown
  const rest = shown.slice(shownBins - 1)
  const sum = (side: 'reference' | 'current') => rest.reduce((all, bin) => all + bin[side], 0)
  return [
    ...shown.slice(0, shownBins - 1),
    { label: 'other', reference: sum('reference'), current: sum('current') },
  ]
}

const rate = (nulls: number, rows: number): number | null => (rows === 0 ? null : nulls / rows)

type Verdict = Pick<ColumnDrift, 'value' | 'pValue' | 'drifted' | 'reason'>

const missingOf = (base: ColumnBaseline, current: Current, rules: DriftRules) => {
  const now = rate(current.rows - current.present, current.rows)
  const before = rate(base.nulls, base.nulls + base.count)
  const rose = current.rows >= rules.minimumRows && (now ?? 0) - (before ?? 0) > rules.nulls
  const reasons = rose ? [`missing values rose from ${percent(before)} to ${percent(now)}`] : []
  return { now, before, reasons }
}

const judge = (base: ColumnBaseline, current: Current, rules: DriftRules & { limit: number }): Verdict => {
  const { reasons } = missingOf(base, current, rules)
  const missing = reasons.length > 0
  if (base.count === 0) return { value: null, drifted: missing, reason: 'the baseline has no value of it' }
  if (current.present < rules.minimumRows)
    return {
      value: null,
      drifted: missing,
      reason: reasons[0] ?? `only ${current.present} rows have a value`,
    }
  const { value, pValue } = measure(rules.method, base, current)
  const past = rules.method === 'chi2' ? value < rules.limit : value > rules.limit
  const all = [...(past ? [`${rules.method} is past ${rules.limit}`] : []), ...reasons]
  return {
    value,
    drifted: all.length > 0,
    ...(pValue === undefined ? {} : { pValue }),
    ...(all.length === 0 ? {} : { reason: all.join('; ') }),
  }
}

/**
 * Compares one column of a window with its baseline. Missing values are no part of the distance, as everywhere in the field, so a
 * rise of their share past `nulls` counts as drift of its own.
 */
export const driftOf = (base: ColumnBaseline, current: Current, rules: DriftRules): ColumnDrift => {
  const method = methodFor(rules.method, base.type)
  const limit = method === rules.method ? (rules.limit ?? defaultLimit[method]) : defaultLimit[method]
  const { now, before } = missingOf(base, current, rules)
  return {
    column: base.name,
    type: base.type === 'numeric' ? 'numeric' : 'categorical',
    method,
    limit,
    ...judge(base, current, { ...rules, method, limit }),
    nullRate: now,
    referenceNullRate: before,
    mean: current.mean,
    referenceMean: base.mean ?? null,
    unseen: current.unseen,
    bins: binsOf(base, current),
  }
}

const percent = (share: number | null): string => `${((share ?? 0) * 100).toFixed(1)} %`
