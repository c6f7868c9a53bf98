import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { scratchFolder } from '../../testing.ts'
import { openDuck } from '../duckdb.ts'
import { april, baselineFor, captureLines, may, ndjson } from '../monitoring.fixture.ts'
import type { CaptureLine } from '../schemas.ts'
import { measureWindow } from './child.ts'
import type { WindowRequest } from './protocol.ts'

const request = async (
  t: TestContext,
  lines: readonly CaptureLine[],
  given: Partial<WindowRequest> & { text?: string } = {},
): Promise<WindowRequest> => {
  const folder = await scratchFolder(t)
  const segment = join(folder, 'a.ndjson')
  await writeFile(segment, given.text ?? ndjson(lines))
  return {
    from: april,
    to: may,
    segments: [segment],
    feedback: [],
    baseline: null,
    drift: { method: 'psi', limit: undefined, nulls: 0.1, columns: undefined },
    minimumRows: 10,
    output: join(folder, 'rows.parquet'),
    spill: folder,
    ...given,
  }
}
const limits = { timeoutMs: 30_000 }

test('columns with any name and of any type are compared, and names are never taken for SQL or paths', async (t) => {
  const baseline = await baselineFor(
    t,
    `select range % 50 as "a.b", (range % 2 = 0) as "it's", 'x' || range % 3 as "say ""hi""; drop table capture", 0 as late from range(500)`,
  )
  const lines = captureLines({
    segment: 'a',
    from: april,
    rows: 100,
    change: (line, row) => ({
      ...line,
      inputs: { 'a.b': row % 50, "it's": row % 2 === 0, 'say "hi"; drop table capture': `x${row % 3}` },
    }),
  })
  const { drift } = await measureWindow(await request(t, lines, { baseline }), limits)
  assert.deepEqual(
    drift.map(({ column, drifted, nullRate, reason }) => [column, drifted, nullRate, reason]),
    [
      ['a.b', false, 0, undefined],
      ["it's", false, 0, undefined],
      ['say "hi"; drop table capture', false, 0, undefined],
    ],
  )
})

test('numbers that come as text are read, and what is no number counts as missing', async (t) => {
  const baseline = await baselineFor(t)
  const temps = (row: number) => (row % 4 === 0 ? 'warm' : String(row % 100))
  const lines = captureLines({
    segment: 'a',
    from: april,
    rows: 200,
    change: (line, row) => ({ ...line, inputs: { temp: temps(row), carrier: 'ZZ' } }),
  })
  const { drift } = await measureWindow(await request(t, lines, { baseline }), limits)
  const [temp, carrier] = drift
  assert.equal(temp?.nullRate, 0.25)
  assert.match(temp?.reason ?? '', /missing values rose from 0\.0 % to 25\.0 %/)
  assert.deepEqual([carrier?.drifted, carrier?.unseen], [true, ['ZZ']])
})

test('a column that is asked for and never comes is all missing; an unknown one is named', async (t) => {
  const baseline = await baselineFor(t)
  const lines = captureLines({
    segment: 'a',
    from: april,
    rows: 50,
    change: (line) => ({ ...line, inputs: { carrier: 'AA' } }),
  })
  const columns = ['temp', 'tmp']
  const { drift, notes } = await measureWindow(
    await request(t, lines, { baseline, drift: { method: 'psi', limit: undefined, nulls: 0.1, columns } }),
    limits,
  )
  assert.deepEqual(
    drift.map(({ column, value, drifted, reason }) => [column, value, drifted, reason]),
    [['temp', null, true, 'no captured row has this column']],
  )
  assert.match(notes.join(' '), /no column tmp/)
})

test('failed answers are counted, and only rows of the window in event time are', async (t) => {
  const inside = captureLines({
    segment: 'a',
    from: april,
    rows: 20,
    change: (line, row) => (row < 5 ? { ...line, output: null, error: 'no memory' } : line),
  })
  const outside = captureLines({ segment: 'a', from: may, rows: 7 }).map((line, row) => ({
    ...line,
    id: `a.${100 + row}`,
  }))
  const twice = inside.slice(0, 3)
  const result = await measureWindow(await request(t, [...inside, ...outside, ...twice]), limits)
  assert.deepEqual([result.rows, result.quality[0]?.errors], [20, 5])
  assert.equal(result.quality[0]?.metrics['auc'], null)
})

test('a version that answered live and in shadow has one quality over all its rows, each once', async (t) => {
  const live = captureLines({ segment: 'a', from: april, rows: 10, version: 1, predicted: 0.5 })
  const later = captureLines({ segment: 'b', from: april, rows: 30, version: 2, shadow: 30 })
  const { quality } = await measureWindow(await request(t, [...live, ...later]), limits)
  assert.deepEqual(
    quality.map(({ role, version, rows }) => [role, version, rows]),
    [
      ['live', null, 40],
      ['live', 1, 10],
      ['live', 2, 30],
      ['shadow', 1, 30],
      ['any', 1, 40],
    ],
  )
})

test('a prediction that one version failed and another answered counts once, by its answer', async (t) => {
  const failed = captureLines({
    segment: 'a',
    from: april,
    rows: 1,
    version: 1,
    change: (line) => ({ ...line, output: null, error: 'no memory' }),
  })
  const answered = captureLines({ segment: 'a', from: april, rows: 1, version: 2, predicted: 0.5 })
  const { quality } = await measureWindow(await request(t, [...failed, ...answered]), limits)
  const [live] = quality
  assert.deepEqual([live?.rows, live?.errors, live?.meanPrediction], [1, 0, 0.5])
})

test('equal captures give equal bytes of Parquet, in order of event time', async (t) => {
  const lines = captureLines({ segment: 'a', from: april, rows: 30, shadow: 10 })
  const first = await request(t, lines)
  const second = await request(t, lines.toReversed())
  await measureWindow(first, limits)
  await measureWindow(second, limits)
  assert.ok((await readFile(first.output)).equals(await readFile(second.output)))
  const folder = await scratchFolder(t)
  const duck = await openDuck({ files: [first.output], spill: folder })
  const rows = await duck.rows(
    `select prediction, epoch_ms(event_time)::double as at from read_parquet('${first.output}')`,
  )
  assert.equal(rows.length, 40)
  assert.deepEqual([rows[0]?.['at'], rows[0]?.['prediction']], [april, 0.2])
  duck.close()
})

test('a window that cannot be measured says why and leaves the server alone', async (t) => {
  const missing = { ...(await request(t, [])), segments: ['/nowhere/a.ndjson'] }
  await assert.rejects(measureWindow(missing, limits), { code: 'internal', message: /could not be measured/ })
  const slow = await request(t, captureLines({ segment: 'a', from: april, rows: 5 }))
  await assert.rejects(measureWindow(slow, { timeoutMs: 1 }), { code: 'internal', message: /SIGKILL/ })
})
