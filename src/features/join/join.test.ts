import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { test, type TestContext } from 'node:test'
import { DuckDBInstance } from '@duckdb/node-api'
import * as fc from 'fast-check'
import { isAppError } from '../../kernel/errors.ts'
import { literal, openDuck } from '../duckdb.ts'
import type { ViewDefinition } from '../view.ts'
import { join } from './join.ts'
import type { JoinJob } from './step.ts'

type Row = Record<string, string | number | boolean | null>

const scratch = async (t: TestContext) => {
  const folder = await mkdtemp(joinPath(tmpdir(), 'join-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

const tool = async () => {
  const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect()
  await connection.run("set TimeZone = 'UTC'")
  return {
    write: (sql: string, path: string) =>
      connection.run(`copy (${sql}) to ${literal(path)} (format parquet)`),
    read: async (path: string) =>
      (
        await connection.runAndReadAll(`select * from read_parquet(${literal(path)})`)
      ).getRowObjectsJson() as Row[],
  }
}

const weather: ViewDefinition = {
  name: 'weather',
  version: 1,
  entity: 'origin',
  repository: 'weather',
  path: '**/*.parquet',
  timestamp: 'time_hour',
  created: 'written',
  ttlMs: 3_600_000,
  features: { temp: 'number' },
}

/** Runs one join: a spine and one source given as SQL values, a view over the source. */
const joined = async (
  t: TestContext,
  given: { spine: string; source: string; view: ViewDefinition; job?: Partial<JoinJob> },
) => {
  const folder = await scratch(t)
  const { write, read } = await tool()
  const [spine, source, output] = ['spine', 'source', 'rows'].map((name) =>
    joinPath(folder, `${name}.parquet`),
  ) as [string, string, string]
  await write(given.spine, spine)
  await write(given.source, source)
  const job: JoinJob = {
    spine: { table: 'flights', sql: 'select * from flights', timestamp: 'time_hour' },
    tables: [{ name: 'flights', files: [spine] }],
    views: [{ view: given.view, files: [source] }],
    fullNames: false,
    output,
    ...given.job,
  }
  const duck = await openDuck({ paths: [spine, source, output], spill: joinPath(folder, 'spill') })
  t.after(() => duck.close())
  const report = await join(duck, job)
  return { report, rows: await read(output), bytes: await readFile(output) }
}

const source = (rows: string[]) =>
  `select * from (values ${rows.join(', ')}) as v(origin, time_hour, written, temp)`
const spine = (rows: string[]) => `select * from (values ${rows.join(', ')}) as v(id, origin, time_hour)`
const ts = (text: string) => `timestamp '2013-01-01 ${text}'`
const temps = (rows: Row[]) => Object.fromEntries(rows.map((row) => [String(row['id']), row['temp']]))

test('a source row counts from its own moment on and until its ttl has just not passed', async (t) => {
  const { rows } = await joined(t, {
    view: weather,
    source: source([`('JFK', ${ts('10:00:00')}, ${ts('10:00:00')}, 1.5)`]),
    spine: spine([
      `('before', 'JFK', ${ts('09:59:59.999999')})`,
      `('same moment', 'JFK', ${ts('10:00:00')})`,
      `('last moment', 'JFK', ${ts('11:00:00')})`,
      `('too late', 'JFK', ${ts('11:00:00.000001')})`,
    ]),
  })
  assert.deepEqual(temps(rows), { before: null, 'same moment': 1.5, 'last moment': 1.5, 'too late': null })
})

test('the latest row wins, and of two for one time the one written last', async (t) => {
  const { rows } = await joined(t, {
    view: weather,
    source: source([
      `('JFK', ${ts('10:00:00')}, ${ts('12:00:00')}, 1)`,
      `('JFK', ${ts('10:30:00')}, ${ts('10:31:00')}, 2)`,
      `('JFK', ${ts('10:30:00')}, ${ts('10:45:00')}, 3)`,
      `('JFK', ${ts('10:30:00')}, null, 4)`,
    ]),
    spine: spine([`('a', 'JFK', ${ts('10:29:00')})`, `('b', 'JFK', ${ts('10:40:00')})`]),
  })
  assert.deepEqual(temps(rows), { a: 1, b: 3 })
})

test('every row of the spine comes out once: repeated, without a key, without a time, without a match', async (t) => {
  const { rows, report } = await joined(t, {
    view: weather,
    source: source([
      `('JFK', ${ts('10:00:00')}, ${ts('10:00:00')}, 7)`,
      `('JFK', ${ts('10:00:00')}, ${ts('10:00:00')}, 7)`,
      `(null, ${ts('10:00:00')}, ${ts('10:00:00')}, 8)`,
      `('JFK', null, ${ts('10:00:00')}, 9)`,
    ]),
    spine: spine([
      `('twice', 'JFK', ${ts('10:10:00')})`,
      `('twice', 'JFK', ${ts('10:10:00')})`,
      `('no key', null, ${ts('10:10:00')})`,
      `('no time', 'JFK', null)`,
      `('elsewhere', 'LGA', ${ts('10:10:00')})`,
    ]),
  })
  assert.equal(rows.length, 5)
  assert.deepEqual(temps(rows), { twice: 7, 'no key': null, 'no time': null, elsewhere: null })
  assert.deepEqual(report, { rows: 5, views: [{ view: 'weather', matched: 2 }] })
})

test('a time without a zone is UTC, beside times with one and times as text', async (t) => {
  const { rows } = await joined(t, {
    view: { ...weather, created: 'time_hour', ttlMs: 1000 },
    source: `select 'JFK' as origin, timestamp '2013-01-01 10:00:00' as time_hour, 5 as temp`,
    spine: `select 'zoned' as id, 'JFK' as origin, '2013-01-01T08:00:00-02:00' as time_hour
      union all select 'naive', 'JFK', '2013-01-01 10:00:00'
      union all select 'other', 'JFK', '2013-01-01T10:00:00-02:00'`,
  })
  assert.deepEqual(temps(rows), { zoned: 5, naive: 5, other: null })
})

test('a view without a timestamp is a plain join on one row of each key', async (t) => {
  const plane: ViewDefinition = {
    name: 'plane',
    version: 1,
    entity: 'tailnum',
    repository: 'planes',
    path: 'planes.parquet',
    created: 'written',
    features: { seats: 'number', model: 'string', jet: 'boolean' },
  }
  const { rows } = await joined(t, {
    view: plane,
    source: `select * from (values ('N1', timestamp '2013-01-01', 2, 'a', true), ('N1', timestamp '2013-01-02', 55, 'b', null),
      ('N2', null, 'nan'::double, 'c', false)) as v(tailnum, written, seats, model, jet)`,
    spine: `select * from (values (1, 'N1'), (2, 'N1'), (3, 'N2'), (4, null), (5, 'N9')) as v(id, tailnum)`,
    job: { spine: { table: 'flights', sql: 'select * from flights' } },
  })
  const of = (id: number) => rows.find((row) => row['id'] === id)
  for (const id of [1, 2]) assert.deepEqual(of(id), { id, tailnum: 'N1', seats: 55, model: 'b', jet: null })
  assert.deepEqual(of(3), { id: 3, tailnum: 'N2', seats: null, model: 'c', jet: false }, 'NaN is no value')
  for (const id of [4, 5]) assert.equal(of(id)?.['model'], null)
  assert.equal(rows.length, 5)
})

test('the bytes do not depend on the order of the rows', async (t) => {
  const rows = Array.from(
    { length: 500 },
    (_, i) => `('f${i % 90}', 'K${i % 7}', ${ts('10:00:00')} + interval ${i % 50} minute)`,
  )
  const facts = Array.from(
    { length: 200 },
    (_, i) => `('K${i % 9}', ${ts('09:30:00')} + interval ${i % 40} minute, ${ts('09:00:00')}, ${i / 3})`,
  )
  const digest = async (order: <T>(list: T[]) => T[]) => {
    const { bytes } = await joined(t, {
      view: weather,
      source: source(order(facts)),
      spine: spine(order(rows)),
    })
    return createHash('sha256').update(bytes).digest('hex')
  }
  assert.equal(await digest((list) => list.toReversed()), await digest((list) => list))
})

const refused = async (t: TestContext, job: Partial<JoinJob>, view: ViewDefinition = weather) => {
  const thrown = await joined(t, {
    view,
    source: source([`('JFK', ${ts('10:00:00')}, ${ts('10:00:00')}, 1)`]),
    spine: spine([`(1, 'JFK', ${ts('10:10:00')})`]),
    job,
  }).then(
    () => assert.fail('the join was accepted'),
    (error: unknown) => error,
  )
  assert.ok(isAppError(thrown), String(thrown))
  return `${thrown.message} ${thrown.hint ?? ''}`
}
const sql = (text: string) => ({ spine: { table: 'flights', sql: text, timestamp: 'time_hour' } })

test('what cannot be joined is refused with the name of what is wrong', async (t) => {
  assert.match(
    await refused(t, {}, { ...weather, features: { wind: 'number' } }),
    /no column wind.*origin, time_hour, written, temp/,
  )
  assert.match(await refused(t, sql('select id, time_hour from flights')), /spine has no column origin/)
  assert.match(
    await refused(t, sql('select *, 1 as temp from flights')),
    /Both the spine and feature view weather have a column temp/,
  )
  assert.match(
    await refused(t, sql('select * replace (id as origin) from flights')),
    /origin as INTEGER.*as VARCHAR/,
  )
  assert.match(
    await refused(t, { spine: { table: 'flights', sql: 'select * from flights' } }),
    /spine names no timestamp/,
  )
  assert.match(
    await refused(t, sql('select * replace (id as time_hour) from flights')),
    /time_hour as INTEGER; a time is needed/,
  )
})

test('the SQL of the author reads the inputs and nothing else', async (t) => {
  assert.match(await refused(t, sql("select * from read_text('/etc/hostname')")), /Permission Error/)
  assert.match(await refused(t, sql("select * from flights; copy flights to 'stolen.parquet'")), /one SELECT/)
  assert.match(await refused(t, sql("copy flights to 'stolen.parquet'")), /does not run/)
})

// ---- Against a model ----------------------------------------------------------------------------------------

type Fact = { key: string | null; at: number | null; written: number | null; value: number | null }
type Asked = { key: string | null; at: number | null }

const lastOf = (facts: Fact[]): Fact | undefined =>
  facts.sort(
    (a, b) =>
      (b.at ?? 0) - (a.at ?? 0) ||
      (b.written ?? -1) - (a.written ?? -1) ||
      (a.value ?? Infinity) - (b.value ?? Infinity) ||
      0,
  )[0]

const naive = (asked: Asked, facts: Fact[], ttl: number): number | null => {
  const { key, at } = asked
  if (key === null || at === null) return null
  const candidates = facts.filter(
    (fact) => fact.key === key && fact.at !== null && fact.at <= at && fact.at >= at - ttl,
  )
  return lastOf(candidates)?.value ?? null
}

const time = fc.option(fc.integer({ min: 0, max: 12 }), { freq: 8 })
const key = fc.option(fc.constantFrom('a', 'b', 'c'), { freq: 8 })
const fact = fc.record({
  key,
  at: time,
  written: time,
  value: fc.option(fc.integer({ min: 0, max: 5 }), { freq: 5 }),
})

const sqlOf = (value: string | number | null) =>
  value === null ? 'null' : typeof value === 'string' ? literal(value) : String(value)
const momentSql = (at: number | null) =>
  at === null ? 'cast(null as timestamp)' : `make_timestamp(${at} * 1000000)`

test('the join agrees with a plain reading of its definition on any data', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fact, { minLength: 1, maxLength: 25 }),
      fc.array(fc.record({ key, at: time }), { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 6 }),
      async (facts, asked, ttl) => {
        const { rows } = await joined(t, {
          view: { ...weather, ttlMs: ttl * 1000 },
          source: `select cast(origin as varchar) as origin, time_hour, written, cast(temp as integer) as temp from (values ${facts
            .map((f) => `(${sqlOf(f.key)}, ${momentSql(f.at)}, ${momentSql(f.written)}, ${sqlOf(f.value)})`)
            .join(', ')}) as v(origin, time_hour, written, temp)`,
          spine: `select id, cast(origin as varchar) as origin, time_hour from (values ${asked
            .map((row, id) => `(${id}, ${sqlOf(row.key)}, ${momentSql(row.at)})`)
            .join(', ')}) as v(id, origin, time_hour)`,
        })
        assert.deepEqual(
          rows.toSorted((a, b) => Number(a['id']) - Number(b['id'])).map((row) => row['temp']),
          asked.map((row) => naive(row, facts, ttl)),
        )
      },
    ),
    { numRuns: 60 },
  )
})
