import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { AppError } from '../kernel/errors.ts'
import { testServer } from '../testing.ts'
import { changesBetween } from './changes.ts'
import { projectRoutes } from './contract.ts'
import { projectRoom } from './index.ts'
import { parseProjectFile } from './parse.ts'

const server = (t: TestContext) =>
  testServer(t, { migrations: [], rooms: (kernel) => [projectRoom(kernel, { checks: [] })] })

const file = `project: demo
description: A small one
repositories:
  flights: {}
models:
  late:
    gate:
      - { metric: auc, min: 0.6 }
triggers:
  history:
    on: { data: { repository: flights } }
    start: { pipeline: train }
pipelines:
  train:
    inputs:
      flights: { repository: flights }
    steps:
      look: { run: "python -m look", inputs: { flights: "\${{ inputs.flights }}" }, outputs: { report: json } }
`

const problemsOf = (text: string) => {
  try {
    parseProjectFile(text)
  } catch (error) {
    return (error as AppError).problems ?? []
  }
  return []
}

test('a plan says what would change and changes nothing; apply does it; applying again changes nothing', async (t) => {
  const { call } = await server(t)
  const plan = await call(projectRoutes.planProject, { project: 'demo', file })
  assert.deepEqual(
    plan.changes.map(({ kind, name, action }) => `${action} ${kind} ${name}`),
    [
      'create project demo',
      'create repository flights',
      'create model late',
      'create pipeline train',
      'create trigger history',
    ],
  )
  assert.deepEqual((await call(projectRoutes.listProjects, {})).projects, [])
  await call(projectRoutes.applyProject, { project: 'demo', file })
  const again = await call(projectRoutes.planProject, { project: 'demo', file })
  assert.deepEqual(again.changes, [])
  assert.equal(again.unchanged, 5)
})

test('a changed field is named with its value before and after; what is gone from the file is removed', async (t) => {
  const { call } = await server(t)
  await call(projectRoutes.applyProject, { project: 'demo', file })
  const changed = file.replace('min: 0.6', 'min: 0.7').replace(/triggers:[^]*?pipelines:/, 'pipelines:')
  const { changes } = await call(projectRoutes.applyProject, { project: 'demo', file: changed })
  assert.deepEqual(
    changes.map(({ kind, action }) => `${action} ${kind}`),
    ['update model', 'remove trigger'],
  )
  assert.equal(changes[0]?.fields[0]?.path, 'gate')
  const shown = await call(projectRoutes.getProject, { project: 'demo' })
  assert.equal(shown.definitions.find((one) => one.kind === 'model')?.version, 2)
})

test('an unknown field is named with line, column and the nearest known word', () => {
  const [problem] = problemsOf(file.replace('description:', 'descripton:'))
  assert.equal(problem?.line, 2)
  assert.equal(problem?.column, 1)
  assert.match(problem?.message ?? '', /unknown field "descripton"/)
  assert.match(problem?.hint ?? '', /"description"/)
})

test('all problems come at once, in the order of the file', () => {
  const problems = problemsOf(file.replace('min: 0.6', 'minn: 0.6').replace('inputs:\n', 'inputz:\n'))
  assert.deepEqual(
    problems.map((problem) => problem.line),
    [8, 15],
  )
})

test('a rule that limits nothing is told once, with what would do', () => {
  const problems = problemsOf(file.replace(', min: 0.6', ''))
  assert.deepEqual(
    problems.map(({ line, message }) => [line, message]),
    [[8, 'models.late.gate.0 needs one of min, max, below, above']],
  )
})

test('a reference to nothing is found at its place', () => {
  const [problem] = problemsOf(file.replace('pipeline: train', 'pipeline: trian'))
  assert.equal(problem?.line, 12)
  assert.match(problem?.hint ?? '', /"train"/)
})

test("a room's own complaint is told at its line too", () => {
  const check = () => [{ path: 'pipelines.train.steps.look', message: 'It looks nowhere.' }]
  assert.throws(
    () => parseProjectFile(file, [check]),
    (error: AppError) => error.problems?.[0]?.line === 18 && !error.message.endsWith('..'),
  )
})

test('text that is no YAML is refused with its place', () => {
  const [problem] = problemsOf('project: demo\nmodels: {a: b: c}\n')
  assert.equal(problem?.line, 2)
})

test('moving lines about is no change', () => {
  const body = { kind: 'model', name: 'a', body: { x: 1, y: { b: 1, a: 2 } } }
  assert.deepEqual(changesBetween([body], [{ ...body, body: { y: { a: 2, b: 1 }, x: 1 } }]), [])
})
