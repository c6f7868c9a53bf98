import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { parquet } from '../../data/testing.ts'
import { isAppError } from '../../kernel/errors.ts'
import { scratchFolder } from '../../testing.ts'
import type { FeatureViewBody, JoinWith } from '../contract.ts'
import { joinBuiltin } from '../builtin.ts'
import { declareView, featuresServer } from '../testing.ts'

const weather: FeatureViewBody = {
  entity: 'origin',
  repository: 'weather',
  path: 'by-month/*.parquet',
  timestamp: 'time_hour',
  features: { temp: 'number', wind: 'number' },
}
const flights =
  "select * from (values (1, 'JFK', timestamp '2013-01-01 10:00:00')) as v(id, origin, time_hour)"
const observed = (temp: number) =>
  `select 'JFK' as origin, timestamp '2013-01-01 09:00:00' as time_hour, ${temp} as temp, 3 as wind`

type Options = { with?: Partial<JoinWith>; inputs?: (inputs: Record<string, object>) => void }

/** Runs the builtin as the platform does: definitions prepared, step.json written, the program started. */
const runStep = async (t: TestContext, options: Options = {}) => {
  const server = await featuresServer(t)
  await declareView(server, 'weather', weather)
  const folder = await scratchFolder(t)
  const files = {
    'flights/a.parquet': flights,
    'weather/by-month/a.parquet': observed(5),
    'weather/other/b.parquet': observed(99),
  }
  for (const [path, query] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), await parquet(t, query))
  }
  const given = { spine: { input: 'flights', timestamp: 'time_hour' }, views: ['weather'], ...options.with }
  const builtin = joinBuiltin(server.kernel)
  const inputs: Record<string, object> = {}
  for (const repository of ['flights', 'weather'])
    inputs[repository] = { path: join(folder, repository), kind: 'directory', source: { repository } }
  options.inputs?.(inputs)
  await copyFile(join(folder, 'flights/a.parquet'), join(folder, 'rows-of-a-step'))
  const outputs = { rows: { path: join(folder, 'rows.parquet'), kind: 'file' } }
  const definitions = await builtin.prepare('demo', given)
  const step = join(folder, 'step.json')
  await writeFile(step, JSON.stringify({ inputs, outputs, with: given, definitions }))
  const [command = '', ...args] = builtin.command
  return new Promise<{ code: number; stdout: string; stderr: string; rows: () => Promise<Buffer> }>(
    (resolve) => {
      const env = { ...process.env, ESTEIRA_STEP: step }
      execFile(command, args, { env }, (error, stdout, stderr) =>
        resolve({
          code: error ? Number(error.code) : 0,
          stdout,
          stderr,
          rows: () => readFile(outputs.rows.path),
        }),
      )
    },
  )
}

test('the builtin step joins what the platform laid out for it, and says what it did', async (t) => {
  const { code, stdout, stderr, rows } = await runStep(t)
  assert.deepEqual([code, stderr], [0, ''])
  assert.equal(stdout, '1 rows\nweather: 1 of 1 rows have features\n')
  assert.equal((await rows()).subarray(0, 4).toString(), 'PAR1')
})

test('the rows may come from a step before, whose output has no extension', async (t) => {
  const inputs = (given: Record<string, object>) => {
    const { path } = given['flights'] as { path: string }
    const source = { step: 'clean', output: 'rows' }
    given['earlier'] = { path: join(dirname(path), 'rows-of-a-step'), kind: 'file', source }
  }
  const spine = { input: 'earlier', timestamp: 'time_hour' }
  const { code, stderr } = await runStep(t, { inputs, with: { spine } })
  assert.deepEqual([code, stderr], [0, ''])
})

test('a step that cannot run ends with 1 and says what to do', async (t) => {
  const cases: [Options, RegExp][] = [
    [{ inputs: (inputs) => delete inputs['weather'] }, /no input of the step holds it.*Say which input/s],
    [
      { inputs: (inputs) => Object.assign(inputs, { again: inputs['weather'] }) },
      /weather and again both hold repository weather/,
    ],
    [{ with: { spine: { input: 'flight' } } }, /spine\.input names flight.*Inputs are flights, weather/s],
    [
      { with: { spine: { input: 'flights', timestamp: 'time_hour', path: 'none/*' } } },
      /Input flights holds no Parquet or CSV files/,
    ],
    [{ with: { views: [{ view: 'weather', features: ['rain'] }] } }, /no feature rain.*temp, wind/s],
  ]
  for (const [options, message] of cases) {
    const { code, stderr } = await runStep(t, options)
    assert.equal(code, 1)
    assert.match(stderr, message)
  }
})

test('preparing a join refuses views that are not declared and words it does not know', async (t) => {
  const server = await featuresServer(t)
  const refused = async (given: unknown) => {
    const error = await joinBuiltin(server.kernel)
      .prepare('demo', given)
      .then(
        () => assert.fail('it was accepted'),
        (error: unknown) => error,
      )
    assert.ok(isAppError(error))
    return error.message
  }
  assert.match(await refused({ spine: { input: 'flights' }, views: ['weather'] }), /no feature view weather/)
  assert.match(
    await refused({ spine: { input: 'flights', time: 'x' }, views: ['weather'] }),
    /unknown field "time"/,
  )
  assert.match(await refused(undefined), /with of features\/join/)
})
