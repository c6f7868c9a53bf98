import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { scratchFolder } from '../../testing.ts'
import { problemsIn } from '../../kernel/http/validate.ts'
import { baselineFor, trainingFile } from '../monitoring.fixture.ts'
import { Baseline } from '../schemas.ts'

const program = fileURLToPath(new URL('main.ts', import.meta.url))

const runStep = async (folder: string, rows: string, parameters: Record<string, unknown>) => {
  const output = join(folder, 'baseline.json')
  const step = { parameters, inputs: { rows: { path: rows } }, outputs: { baseline: { path: output } } }
  await writeFile(join(folder, 'step.json'), JSON.stringify(step))
  const env = { ...process.env, ESTEIRA_STEP: join(folder, 'step.json') }
  const { status, stderr } = spawnSync(process.execPath, [program], { env, encoding: 'utf8' })
  return { status, stderr, output }
}

test('the step writes a baseline, and equal rows give equal bytes', async (t) => {
  const rows = await trainingFile(t)
  const first = await runStep(await scratchFolder(t), rows, { label: 'late' })
  const second = await runStep(await scratchFolder(t), rows, { label: 'late' })
  assert.deepEqual([first.status, first.stderr], [0, ''])
  const text = await readFile(first.output, 'utf8')
  assert.equal(text, await readFile(second.output, 'utf8'))
  const baseline: Baseline = JSON.parse(text)
  assert.deepEqual(problemsIn(Baseline, baseline), [])
  assert.equal(baseline.rows, 3000)
  assert.deepEqual(baseline.label, { column: 'late', rate: 0.2, count: 3000 })
  assert.deepEqual(
    baseline.columns.map(({ name, type, distinct }) => [name, type, distinct]),
    [
      ['temp', 'numeric', 100],
      ['carrier', 'categorical', 3],
    ],
  )
})

test('a label that is no column is refused with the columns there are', async (t) => {
  const { status, stderr } = await runStep(await scratchFolder(t), await trainingFile(t), { label: 'delay' })
  assert.equal(status, 1)
  assert.match(stderr, /no column delay/)
  assert.match(stderr, /Columns: temp, carrier, late\./)
})

test('quantile bins are filled equally, missing values and those that are no numbers are counted apart', async (t) => {
  const baseline = await baselineFor(
    t,
    `select case when range % 4 = 0 then null when range % 4 = 1 then 'NaN'::double else range end as x, 0 as late, case when range < 10 then 'a' end as c from range(4000)`,
  )
  const [x, c] = baseline.columns
  assert.deepEqual([x?.count, x?.nulls, x?.distinct], [2000, 2000, 2000])
  assert.deepEqual(
    x?.counts,
    Array.from({ length: 10 }, () => 200),
  )
  assert.equal(x?.grid?.exact, false)
  assert.equal(
    x?.grid?.counts.reduce((a, b) => a + b, 0),
    2000,
  )
  assert.deepEqual([c?.count, c?.nulls, c?.categories], [10, 3990, [{ value: 'a', count: 10 }]])
})

test('a column without any value, and one that is all the same, are described too', async (t) => {
  const baseline = await baselineFor(
    t,
    `select null::double as empty, 7.0 as same, 0 as late, date '2013-01-01' as day from range(50)`,
  )
  const [empty, same, day] = baseline.columns
  assert.deepEqual([empty?.count, empty?.edges], [0, undefined])
  assert.deepEqual([same?.std, same?.edges, same?.counts], [0, [], [50]])
  assert.equal(day?.type, 'time')
})

test('many categories are cut to the most frequent and the rest is one number', async (t) => {
  const baseline = await baselineFor(t, `select 'c' || (range % 300) as c, 0 as late from range(3100)`)
  const [c] = baseline.columns
  assert.equal(c?.categories?.length, 200)
  assert.equal(c?.other, 1000)
  assert.equal(c?.categories?.[0]?.count, 11)
})
