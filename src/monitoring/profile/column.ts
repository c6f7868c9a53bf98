import { type Duck, identifier, numberAt, numberList } from '../duckdb.ts'
import type { ColumnBaseline } from '../schemas.ts'
import { quantileEdges } from '../stats/bins.ts'
import type { Tally } from '../stats/tally.ts'

/** Columns of at most this many values keep each of them, so every figure against them is exact. */
const exactValues = 256
/** Steps of the quantile grid of the others: a multiple of ten, so that the deciles are among them. */
const gridSteps = 200
const keptCategories = 200

export type ColumnType = ColumnBaseline['type']

export const typeOf = (databaseType: string): ColumnType => {
  if (/^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DOUBLE|FLOAT|DECIMAL)/.test(databaseType)) return 'numeric'
  if (/^(VARCHAR|BOOLEAN|ENUM|UUID)/.test(databaseType)) return 'categorical'
  return /^(TIMESTAMP|DATE|TIME)/.test(databaseType) ? 'time' : 'other'
}

/** SQL for the counts and means of `value` (a double of `from`) by bin; bin 0 is below the first edge. */
export const binnedSql = (column: { value: string; from: string; edges: readonly number[] }): string => `
  select coalesce(e.bin, 0)::integer as bin, count(*)::double as n, avg(v.x) as mean
  from (select ${column.value} as x from ${column.from} where isfinite(${column.value})) v
  asof left join (
    select unnest(${numberList(column.edges)}) as edge, unnest(range(1, ${column.edges.length + 1})) as bin
  ) e on v.x >= e.edge
  group by 1 order by 1`

export type Binned = { counts: number[]; means: (number | null)[] }

export const readBins = async (duck: Duck, column: Parameters<typeof binnedSql>[0]): Promise<Binned> => {
  const length = column.edges.length + 1
  const binned: Binned = {
    counts: Array.from({ length }, () => 0),
    means: Array.from({ length }, () => null),
  }
  for (const row of await duck.rows(binnedSql(column))) {
    const bin = numberAt(row, 'bin') ?? 0
    binned.counts[bin] = numberAt(row, 'n') ?? 0
    binned.means[bin] = numberAt(row, 'mean') ?? null
  }
  return binned
}

type Target = { duck: Duck; from: string; name: string }

const gridEdges = async (target: Target, value: string, distinct: number): Promise<[number[], number[]]> => {
  const { duck, from } = target
  if (distinct <= exactValues) {
    const read = await duck.columns(
      `select ${value} as v, count(*)::double as n from ${from} where isfinite(${value}) group by 1 order by 1`,
    )
    const tally = { values: read['v'] ?? [], counts: read['n'] ?? [] } as Tally
    return [[...tally.values], quantileEdges(tally)]
  }
  const steps = numberList(Array.from({ length: gridSteps + 1 }, (_, at) => at / gridSteps))
  const [row] = await duck.rows(
    `select quantile_cont(${value}, ${steps}) as q from ${from} where isfinite(${value})`,
  )
  const points = Array.isArray(row?.['q']) ? (row['q'] as number[]) : []
  // The grid stands for the rows here: a tally of its points has the same deciles.
  const edges = quantileEdges({ values: points, counts: points.map(() => 1) })
  return [[...new Set(points)], edges]
}

const numeric = async (target: Target): Promise<ColumnBaseline> => {
  const { duck, from, name } = target
  const value = `${identifier(name)}::double`
  const finite = `filter (where isfinite(${value}))`
  const [row] = await duck.rows(`
    select count(*)::double as n, count(${value}) ${finite}::double as present, count(distinct ${value}) ${finite}::double as distinct_values,
      avg(${value}) ${finite} as mean, stddev_pop(${value}) ${finite} as std, min(${value}) ${finite} as low, max(${value}) ${finite} as high
    from ${from}`)
  const present = numberAt(row, 'present') ?? 0
  const distinct = numberAt(row, 'distinct_values') ?? 0
  const shape = {
    name,
    type: 'numeric' as const,
    count: present,
    nulls: (numberAt(row, 'n') ?? 0) - present,
    distinct,
  }
  if (present === 0) return shape
  const [grid, edges] = await gridEdges(target, value, distinct)
  const fine = await readBins(duck, { value, from, edges: grid })
  const coarse = await readBins(duck, { value, from, edges })
  return {
    ...shape,
    mean: numberAt(row, 'mean') ?? 0,
    std: numberAt(row, 'std') ?? 0,
    min: numberAt(row, 'low') ?? 0,
    max: numberAt(row, 'high') ?? 0,
    edges,
    counts: coarse.counts,
    grid: { edges: grid, ...fine, exact: distinct <= exactValues },
  }
}

const categorical = async ({ duck, from, name }: Target): Promise<ColumnBaseline> => {
  const value = `${identifier(name)}::varchar`
  const [row] = await duck.rows(
    `select count(*)::double as n, count(${value})::double as present, count(distinct ${value})::double as distinct_values from ${from}`,
  )
  const top = await duck.rows(`
    select ${value} as value, count(*)::double as n from ${from} where ${value} is not null
    group by 1 order by 2 desc, 1 limit ${keptCategories}`)
  const categories = top.map((line) => ({ value: String(line['value']), count: numberAt(line, 'n') ?? 0 }))
  const present = numberAt(row, 'present') ?? 0
  return {
    name,
    type: 'categorical',
    count: present,
    nulls: (numberAt(row, 'n') ?? 0) - present,
    distinct: numberAt(row, 'distinct_values') ?? 0,
    categories,
    other: present - categories.reduce((sum, { count }) => sum + count, 0),
  }
}

const counted = async ({ duck, from, name }: Target, type: ColumnType): Promise<ColumnBaseline> => {
  const [row] = await duck.rows(
    `select count(*)::double as n, count(${identifier(name)})::double as present, count(distinct ${identifier(name)})::double as distinct_values from ${from}`,
  )
  const present = numberAt(row, 'present') ?? 0
  const distinct = numberAt(row, 'distinct_values') ?? 0
  return { name, type, count: present, nulls: (numberAt(row, 'n') ?? 0) - present, distinct }
}

export const profileColumn = (target: Target, type: ColumnType): Promise<ColumnBaseline> => {
  if (type === 'numeric') return numeric(target)
  return type === 'categorical' ? categorical(target) : counted(target, type)
}
