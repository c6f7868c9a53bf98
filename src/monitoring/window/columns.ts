import { type Duck, identifier, keyPath, numberAt } from '../duckdb.ts'
import { readBins } from '../profile/column.ts'
import type { Baseline, ColumnBaseline, ColumnDrift } from '../schemas.ts'
import { type Current, driftOf, type DriftRules } from './drift.ts'

export type Watched = { columns: string[] | undefined; rules: DriftRules }
export type Drifts = { drift: ColumnDrift[]; notes: string[] }

const predictionColumn = 'prediction'

/** The watched columns of the live rows, read from the captured JSON once, numbers as double and the rest as text. */
const makeTable = async (duck: Duck, columns: readonly ColumnBaseline[]): Promise<void> => {
  const paths = columns.map(({ name }) => keyPath(name)).join(', ')
  const picked = columns.map(({ name, type }, at) => {
    const value = `parts[${at + 1}]`
    return `${type === 'numeric' ? `try_cast(${value} as double)` : value} as ${identifier(name)}`
  })
  await duck.run(`create table live as
    select prediction as "· answer"${picked.map((sql) => `, ${sql}`).join('')} from (
      select prediction, json_extract_string(inputs, [${paths}]::varchar[]) as parts from capture where role = 'live'
    )`)
}

const numericCurrent = async (duck: Duck, base: ColumnBaseline, column: string): Promise<Current> => {
  const value = identifier(column)
  const [row] = await duck.rows(
    `select count(*)::double as n, count(${value}) filter (where isfinite(${value}))::double as present, avg(${value}) filter (where isfinite(${value})) as mean from live`,
  )
  const bins = { value, from: 'live' }
  return {
    rows: numberAt(row, 'n') ?? 0,
    present: numberAt(row, 'present') ?? 0,
    mean: numberAt(row, 'mean') ?? null,
    counts: (await readBins(duck, { ...bins, edges: base.edges ?? [] })).counts,
    grid: base.grid && (await readBins(duck, { ...bins, edges: base.grid.edges })),
    unseen: [],
  }
}

const categoricalCurrent = async (duck: Duck, base: ColumnBaseline): Promise<Current> => {
  const read = await duck.columns(
    `select ${identifier(base.name)} as value, count(*)::double as n from live group by 1 order by 2 desc, 1`,
  )
  const byValue = new Map((read['value'] ?? []).map((value, at) => [value, Number(read['n']?.[at] ?? 0)]))
  const rows = [...byValue.values()].reduce((sum, count) => sum + count, 0)
  const present = rows - (byValue.get(null) ?? 0)
  const known = (base.categories ?? []).map(({ value }) => byValue.get(value) ?? 0)
  const listed = new Set(base.categories?.map(({ value }) => value))
  // Only when the baseline lists every category can one be called unseen.
  const complete = (base.other ?? 0) === 0
  const strange = [...byValue.keys()].filter((value) => typeof value === 'string' && !listed.has(value))
  return {
    rows,
    present,
    mean: null,
    counts: [...known, present - known.reduce((sum, count) => sum + count, 0)],
    grid: undefined,
    unseen: complete ? strange.slice(0, 20).map(String) : [],
  }
}

const capturedKeys = async (duck: Duck, columns: readonly ColumnBaseline[]): Promise<Set<string>> => {
  const exists = columns.map(
    ({ name }, at) => `coalesce(bool_or(json_exists(inputs, ${keyPath(name)})), false) as k${at}`,
  )
  if (exists.length === 0) return new Set()
  const [row] = await duck.rows(`select ${exists.join(', ')} from capture where role = 'live'`)
  return new Set(columns.filter((_, at) => row?.[`k${at}`] === true).map(({ name }) => name))
}

/** Drift of every watched column against the baseline, in the order of the baseline; the answers themselves last. */
export const allDrift = async (duck: Duck, baseline: Baseline, watched: Watched): Promise<Drifts> => {
  const comparable = baseline.columns.filter(({ type }) => type === 'numeric' || type === 'categorical')
  const wanted = comparable.filter(({ name }) => watched.columns?.includes(name) ?? true)
  const captured = await capturedKeys(duck, wanted)
  const named = watched.columns !== undefined
  // A column asked for by name that never comes is all missing; one that merely stood in the training rows is no request column.
  const columns = named ? wanted : wanted.filter(({ name }) => captured.has(name))
  const notes = (watched.columns ?? [])
    .filter((name) => !wanted.some((column) => column.name === name) && name !== predictionColumn)
    .map((name) => `The baseline has no column ${name} that can be compared.`)
  await makeTable(duck, columns)
  const drift: ColumnDrift[] = []
  for (const base of columns) {
    const current =
      base.type === 'numeric'
        ? await numericCurrent(duck, base, base.name)
        : await categoricalCurrent(duck, base)
    const measured = driftOf(base, current, watched.rules)
    drift.push(
      captured.has(base.name) ? measured : { ...measured, reason: 'no captured row has this column' },
    )
  }
  const answers = baseline.prediction
  if (answers && (!named || watched.columns?.includes(predictionColumn))) {
    const base = { ...answers, name: predictionColumn }
    drift.push(driftOf(base, await numericCurrent(duck, base, '· answer'), watched.rules))
  }
  return { drift, notes }
}
