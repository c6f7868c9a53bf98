import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Pipeline } from '../definitions.contract.ts'
import { splitCommandLine } from './command-line.ts'
import { compile } from './compile.ts'
import { fill, fillString } from './expression.ts'
import { cycles, ordered } from './graph.ts'
import { runParameters } from './parameters.ts'
import { parseDuration } from '../../kernel/duration.ts'
import type { Json } from './plan.ts'

const known = { environments: ['python'], builtins: ['models/register', 'features/join'] }

const train: Pipeline = {
  environment: 'python',
  parameters: { units: { type: 'string', default: 'imperial' } },
  inputs: {
    flights: { repository: 'flights' },
    champion: { model: 'late', alias: 'champion', optional: true },
  },
  steps: {
    register: {
      uses: 'models/register',
      with: { model: 'late', files: '${{ steps.train.outputs.model }}' },
    },
    train: {
      run: 'python -m flights.train --units ${{ parameters.units }}',
      inputs: { rows: '${{ steps.features.outputs.rows }}' },
      outputs: { model: 'directory', metrics: 'json' },
      retry: { attempts: 2, delay: '5s' },
      timeout: '10m',
      after: ['validate'],
    },
    features: {
      uses: 'features/join',
      inputs: { flights: '${{ inputs.flights }}' },
      outputs: { rows: 'file' },
    },
    validate: { run: ['python', '-m', 'flights.validate'], inputs: { flights: '${{inputs.flights}}' } },
  },
}

const problemsOf = (pipeline: Pipeline) =>
  compile(pipeline, known).problems.map(({ path, message, hint }) =>
    `${path}: ${message} ${hint ?? ''}`.trim(),
  )

test('a pipeline compiles to tasks in an order in which they may run', () => {
  const { plan, problems } = compile(train, known)
  assert.deepEqual(problems, [])
  assert.deepEqual(
    plan?.tasks.map((task) => [task.name, task.needs]),
    [
      ['features', []],
      ['validate', []],
      ['train', ['features', 'validate']],
      ['register', ['train']],
    ],
  )
})

test('what a step refers to in `with` is an input, the rest are parameters', () => {
  const register = compile(train, known).plan?.tasks.at(-1)
  assert.deepEqual(register?.inputs, { files: { from: 'task', task: 'train', output: 'model' } })
  assert.deepEqual(register?.parameters, { model: 'late' })
})

test('steps that wait for each other are named as a path', () => {
  const steps: Pipeline['steps'] = {
    a: { run: 'true', after: ['c'] },
    b: { run: 'true', after: ['a'] },
    c: { run: 'true', after: ['b'] },
    d: { run: 'true', after: ['a'] },
  }
  const [problem, ...rest] = problemsOf({ steps })
  assert.match(problem ?? '', /^steps\.a: .* a → c → b → a\./)
  assert.equal(rest.length, 0)
})

test('all problems are told at once, each with its place and the word that was probably meant', () => {
  const problems = problemsOf({
    environment: 'pyhton',
    parameters: { depth: { type: 'integer', default: 'deep' } },
    inputs: { flights: { repository: 'flights' }, both: { repository: 'a', model: 'b', alias: 'c' } },
    steps: {
      train: {
        run: 'python train.py | tee log',
        inputs: {
          rows: '${{ steps.featurs.outputs.rows }}',
          data: '${{ inputs.flihgts }}',
          plain: 'flights',
        },
        parameters: { depth: '${{ parameters.dept }}' },
      },
      features: { uses: 'features/jion', outputs: { rows: 'file' } },
      neither: {},
      wrong: { run: 'true', inputs: { rows: '${{ steps.features.outputs.row }}' }, after: ['trian'] },
    },
  })
  const expected = [
    /^parameters\.depth\.default: .*integer/,
    /^inputs\.both: .*either/,
    /^environment: There is no environment pyhton\. Did you mean python\?/,
    /^steps\.train\.run: No shell reads this line, so \| /,
    /^steps\.train\.inputs\.rows: There is no step featurs\. Did you mean features\?/,
    /^steps\.train\.inputs\.data: There is no input flihgts\. Did you mean flights\?/,
    /^steps\.train\.inputs\.plain: "flights" is not an input\./,
    /^steps\.train\.parameters\.depth: There is no parameter dept\. Did you mean depth\?/,
    /^steps\.features\.uses: .* Did you mean features\/join\?/,
    /^steps\.neither: A step has either/,
    /^steps\.wrong\.inputs\.rows: Step features has no output row\. Did you mean rows\?/,
    /^steps\.wrong\.after\.0: There is no step trian\. Did you mean train\?/,
  ]
  for (const pattern of expected)
    assert.ok(
      problems.some((problem) => pattern.test(problem)),
      `${pattern} in\n${problems.join('\n')}`,
    )
  assert.equal(problems.length, expected.length)
})

test('a file cannot stand where only a parameter can', () => {
  const [problem] = problemsOf({
    inputs: { a: { repository: 'a' } },
    steps: { s: { run: 'cat ${{ inputs.a }}' } },
  })
  assert.match(problem ?? '', /^steps\.s\.run\.1: .*only parameters/)
})

test('a command line is split as a shell would, without a shell', () => {
  assert.deepEqual(splitCommandLine(`python  -c 'print("a b")' "it's \\"so\\"" a\\ b ''`).argv, [
    'python',
    '-c',
    'print("a b")',
    `it's "so"`,
    'a b',
    '',
  ])
  assert.deepEqual(splitCommandLine('x --units=${{ parameters.a b }}y').argv, [
    'x',
    '--units=${{ parameters.a b }}y',
  ])
  for (const line of ['a | b', 'a > b', 'a; b', 'echo $HOME', 'a `b`', 'ls *.csv', "a 'b", 'a "b', '  '])
    assert.equal(splitCommandLine(line).argv, undefined, line)
})

test('any words survive being quoted and split again', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1 }), (words) => {
      const line = words.map((word) => `'${word.replaceAll("'", `'"'"'`)}'`).join(' ')
      assert.deepEqual(splitCommandLine(line).argv, words)
    }),
  )
})

test('a parameter keeps its type when it stands alone and becomes text inside text', () => {
  const parameters = { n: 3, name: 'x', list: [1, 2] }
  assert.deepEqual(
    fill({ a: '${{ parameters.n }}', b: ['n=${{parameters.n}}', '${{ parameters.list }}'] }, parameters),
    {
      a: 3,
      b: ['n=3', [1, 2]],
    },
  )
  assert.equal(fillString('--list=${{ parameters.list }}', parameters), '--list=[1,2]')
})

test('an expression inside the value of a parameter is data', () => {
  const parameters = { a: '${{ parameters.secret }}', secret: 'no' }
  assert.equal(fillString('x ${{ parameters.a }}', parameters), 'x ${{ parameters.secret }}')
})

test('parameters of a run are checked, all problems at once', () => {
  const declared = {
    units: { type: 'string' as const, default: 'imperial', choices: ['imperial', 'metric'] },
    depth: { type: 'integer' as const },
    rate: { type: 'number' as const, default: 0.1 },
  }
  assert.deepEqual(runParameters(declared, { depth: 3 }).values, { units: 'imperial', depth: 3, rate: 0.1 })
  const { problems } = runParameters(declared, { units: 'si', rate: 'fast', unit: 1 })
  assert.deepEqual(
    new Set(problems.map((problem) => problem.path)),
    new Set(['parameters.depth', 'parameters.rate', 'parameters.unit', 'parameters.units']),
  )
})

test('durations are read with their unit', () => {
  assert.deepEqual(['500ms', '1.5s', '10m', '2h', '1d', '5', 'm'].map(parseDuration), [
    500,
    1500,
    600_000,
    7_200_000,
    86_400_000,
    undefined,
    undefined,
  ])
})

const graphs = fc
  .array(fc.array(fc.nat(11), { maxLength: 4 }), { minLength: 1, maxLength: 12 })
  .map(
    (rows) =>
      new Map(
        rows.map((needs, index): [string, string[]] => [
          String(index),
          needs.filter((need) => need < rows.length).map(String),
        ]),
      ),
  )

test('a graph either has an order in which all comes after what it needs, or a cycle, never both', () => {
  fc.assert(
    fc.property(graphs, (graph) => {
      const order = ordered(graph)
      const found = cycles(graph)
      assert.equal(order.length === graph.size, found.length === 0)
      for (const [index, name] of order.entries())
        for (const need of graph.get(name) ?? []) assert.ok(order.indexOf(need) < index)
      for (const cycle of found) {
        assert.equal(cycle[0], cycle.at(-1))
        for (const [index, name] of cycle.slice(0, -1).entries())
          assert.ok(graph.get(name)?.includes(cycle[index + 1] ?? ''))
      }
    }),
  )
})

test('a value without expressions is not changed by filling it', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      fc.pre(!JSON.stringify(value).includes('${{') && !JSON.stringify(value).includes('__proto__'))
      assert.deepEqual(fill(value as Json, {}), value)
    }),
  )
})
