import { AppError, messageOf } from '../../kernel/errors.ts'
import { type ColumnType, type Duck, identifier, literal } from '../duckdb.ts'
import { columnOf, distinctRows, momentOf, mustCompare, openSource, tableOf } from '../source.ts'
import type { ViewDefinition } from '../view.ts'
import type { JoinJob, JoinedView } from './step.ts'

export type JoinReport = { rows: number; views: { view: string; matched: number }[] }

const makeTables = async (duck: Duck, job: JoinJob): Promise<void> => {
  for (const { name, files } of job.tables) {
    if (files.length === 0 && name !== job.spine.table) continue
    await duck.run(`create view ${identifier(name)} as select * from ${tableOf(`Input ${name}`, files)}`)
  }
}

/** The rows to be filled, numbered in an order that depends on their values alone. */
const makeSpine = async (duck: Duck, job: JoinJob): Promise<ColumnType[]> => {
  const sql = job.spine.sql.trim().replace(/;\s*$/, '')
  try {
    if ((await duck.statements(sql)) !== 1) throw new Error('it must be one SELECT')
    await duck.run(`create table __rows as (\n${sql}\n)`)
  } catch (error) {
    throw new AppError('invalid', `spine.sql does not run: ${messageOf(error)}`, { cause: error })
  }
  const columns = await duck.columns('__rows')
  const order = columns.map(({ name }) => `${identifier(name)} asc nulls last`)
  const { timestamp } = job.spine
  const at =
    timestamp === undefined
      ? 'cast(null as timestamptz)'
      : momentOf(columnOf(columns, timestamp, 'The spine'), 'The spine')
  await duck.run(`create table __spine as
    select row_number() over (order by __time nulls last, ${order.join(', ')}) as __row, *
    from (select ${at} as __time, * from __rows)`)
  await duck.run('drop table __rows')
  return columns
}

const makeView = async (
  duck: Duck,
  joined: JoinedView & { name: string; spine: ColumnType[] },
): Promise<void> => {
  const { view, files, name, spine } = joined
  const source = await openSource(duck, view, files)
  mustCompare(
    { ...columnOf(spine, view.entity, 'The spine'), of: 'the spine' },
    { ...source.key, of: `feature view ${view.name}` },
  )
  // Only keys that are asked for: the cheapest plan by far when a query touches few of many.
  const where = `__key in (select ${identifier(view.entity)} from __spine)`
  await duck.run(
    `create table ${name} as ${distinctRows(view, source, { latest: view.timestamp === undefined, where })}`,
  )
}

const joinClause = (view: ViewDefinition, name: string): string => {
  const sameKey = `s.${identifier(view.entity)} = ${name}.__key`
  return view.timestamp === undefined
    ? `left join ${name} on ${sameKey}`
    : `asof left join ${name} on ${sameKey} and s.__time >= ${name}.__at`
}

/** The age limit is looked at after the latest row is found: if that one is too old, every other is older. */
const holds = (view: ViewDefinition, name: string): string =>
  view.ttlMs === undefined
    ? `${name}.__key is not null`
    : `${name}.__key is not null and ${name}.__at >= s.__time - to_milliseconds(${view.ttlMs})`

const outputNames = (job: JoinJob, spine: ColumnType[]): Map<string, string> => {
  const taken = new Map(spine.map(({ name }) => [name.toLowerCase(), 'the spine']))
  const names = new Map<string, string>()
  for (const { view } of job.views)
    for (const feature of Object.keys(view.features)) {
      const name = job.fullNames ? `${view.name}__${feature}` : feature
      const owner = taken.get(name.toLowerCase())
      if (owner !== undefined)
        throw new AppError('invalid', `Both ${owner} and feature view ${view.name} have a column ${name}.`, {
          hint: 'Say fullNames: true, rename the column in spine.sql, or choose features of the view.',
        })
      taken.set(name.toLowerCase(), `feature view ${view.name}`)
      names.set(`${view.name}/${feature}`, name)
    }
  return names
}

const mustHaveTimes = (job: JoinJob): void => {
  const timed = job.views.find(({ view }) => view.timestamp !== undefined)
  if (timed && job.spine.timestamp === undefined)
    throw new AppError(
      'invalid',
      `Feature view ${timed.view.name} changes over time, but the spine names no timestamp.`,
      {
        hint: 'Say spine.timestamp: the column with the time as of which features are looked up.',
      },
    )
}

/**
 * The point-in-time correct join. For each row of the spine and each view: of the view's rows with the same key and a time
 * not after the row's (equal counts) and not older than ttl before it (equal counts), the latest; on a tie the one written
 * last. Without such a row the features are null. Every row of the spine comes out once, in an order given by its values.
 */
export const join = async (duck: Duck, job: JoinJob): Promise<JoinReport> => {
  mustHaveTimes(job)
  await makeTables(duck, job)
  const spine = await makeSpine(duck, job)
  const names = outputNames(job, spine)
  const views = job.views.map((joined, place) => ({ ...joined, name: `__view_${place}`, spine }))
  for (const view of views) await makeView(duck, view)
  const features = views.flatMap(({ view, name }) =>
    Object.keys(view.features).map((feature) => {
      const output = identifier(names.get(`${view.name}/${feature}`) ?? feature)
      return `case when ${holds(view, name)} then ${name}.${identifier(feature)} end as ${output}`
    }),
  )
  const matches = views.map(({ view, name }) => `${holds(view, name)} as ${name}_matched`)
  await duck.run(`create table __joined as
    select s.* exclude (__time), ${[...features, ...matches].join(', ')}
    from __spine s ${views.map(({ view, name }) => joinClause(view, name)).join(' ')}`)
  const matched = views.map(({ name }) => `${name}_matched`)
  await duck.run(`copy (select * exclude (__row, ${matched.join(', ')}) from __joined order by __row)
    to ${literal(job.output)} (format parquet, compression zstd, use_tmp_file false)`)
  const [counts] = await duck.rows(
    `select count(*) as total, ${matched.map((name) => `count(*) filter (where ${name}) as ${name}`).join(', ')} from __joined`,
  )
  return {
    rows: Number(counts?.['total']),
    views: views.map(({ view, name }) => ({ view: view.name, matched: Number(counts?.[`${name}_matched`]) })),
  }
}
