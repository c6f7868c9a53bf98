import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { eventually, scratchFolder } from '../testing.ts'
import { pipelineRoutes, type Pipeline } from './contract.ts'
import { alone, belt, commitFolder, project, sh, stepIn } from './testing.ts'

/** Reads its inputs and writes its outputs the way any language would: by step.json. */
const node = (script: string): string[] => [
  process.execPath,
  '-e',
  `const fs = require('fs'); const step = JSON.parse(fs.readFileSync(process.env.ESTEIRA_STEP, 'utf8')); ${script}`,
]

const copying: Pipeline = {
  parameters: { suffix: { type: 'string', default: '!' } },
  inputs: { words: { repository: 'words' } },
  steps: {
    join: {
      run: node(
        `const words = fs.readdirSync(step.inputs.words.path).map((name) => fs.readFileSync(step.inputs.words.path + '/' + name, 'utf8'));
         fs.writeFileSync(step.outputs.text.path, words.join(' ') + step.parameters.suffix); console.log(words.length + ' words')`,
      ),
      inputs: { words: '${{ inputs.words }}' },
      parameters: { suffix: '${{ parameters.suffix }}' },
      outputs: { text: 'file' },
    },
    count: {
      run: sh(
        'mkdir "$ESTEIRA_OUTPUT_PAIR" && wc -c < "$ESTEIRA_INPUT_TEXT" > "$ESTEIRA_OUTPUT_PAIR/n" && echo "{\\"ok\\": true}" > "$ESTEIRA_OUTPUT_REPORT"',
      ),
      inputs: { text: '${{ steps.join.outputs.text }}' },
      outputs: { pair: 'directory', report: 'json' },
    },
  },
}

const words = async (folder: string, content: Record<string, string>) => {
  await mkdir(folder, { recursive: true })
  for (const [name, text] of Object.entries(content)) await writeFile(join(folder, name), text)
  return folder
}

test('a run passes data from step to step by digest, and tells all that it did', async (t) => {
  const server = await belt(t)
  const data = await commitFolder(
    server,
    'words',
    await words(await scratchFolder(t), { a: 'hello', b: 'belt' }),
  )
  await server.declare({ copy: copying })
  const run = await server.run({ pipeline: 'copy', parameters: { suffix: '?' } })
  assert.equal(run.status, 'succeeded')
  assert.equal(run.inputs['words']?.digest, data)
  const text = await server.call(pipelineRoutes.readOutput, {
    project,
    run: run.id,
    step: 'join',
    output: 'text',
  })
  assert.equal(await text.text(), 'hello belt?')
  const asked = { project, run: run.id, step: 'count' }
  const size = await server.call(pipelineRoutes.readOutput, { ...asked, output: 'pair', path: 'n' })
  assert.equal((await size.text()).trim(), '11')
  assert.deepEqual(stepIn(run, 'count').inputs['text']?.source, { step: 'join', output: 'text' })
  const [attempt] = stepIn(run, 'join').attempts
  assert.equal(attempt?.status, 'succeeded')
  assert.equal(attempt?.exitCode, 0)
  const log = await server.call(pipelineRoutes.readLog, { project, run: run.id, step: 'join' })
  assert.deepEqual([log.text, log.complete], ['2 words\n', true])
  const types = (await server.kernel.ledger.read({ subject: `pipeline-run/${run.id}` })).map(
    ({ type }) => type,
  )
  assert.equal(types[0], 'pipeline.run.started')
  assert.equal(types.at(-1), 'pipeline.run.finished')
  assert.equal(types.filter((type) => type === 'pipeline.step.started').length, 2)
  await eventually('the end of the tracking run', () => server.near.tracked[0]?.status === 'FINISHED')
  await eventually(
    'the job folders to go',
    async () => (await readdir(join(server.home, 'jobs'))).length === 0,
  )
})

test('an equal step is not run again, and the first thing that differs is told', async (t) => {
  const server = await belt(t)
  const folder = await words(await scratchFolder(t), { a: 'one' })
  await commitFolder(server, 'words', folder)
  await server.declare({ copy: copying })
  const first = await server.run({ pipeline: 'copy' })
  const second = await server.run({ pipeline: 'copy' })
  assert.deepEqual(
    second.plan.map(({ status }) => status),
    ['cached', 'cached'],
  )
  assert.equal(stepIn(second, 'join').cache.from, first.id)
  assert.deepEqual(stepIn(second, 'count').outputs, stepIn(first, 'count').outputs)
  const asked = { project, step: 'join' }
  assert.equal((await server.call(pipelineRoutes.explainStep, { ...asked, run: second.id })).hit, true)

  const third = await server.run({ pipeline: 'copy', parameters: { suffix: '.' } })
  const why = await server.call(pipelineRoutes.explainStep, { ...asked, run: third.id })
  assert.deepEqual(why.differences, [{ path: 'parameters.suffix', here: '.', there: '!' }])
  assert.match(why.explanation, /parameters\.suffix differs/)

  await words(folder, { b: 'two' })
  await commitFolder(server, 'words', folder)
  const fourth = await server.run({ pipeline: 'copy', parameters: { suffix: '.' } })
  const because = await server.call(pipelineRoutes.explainStep, { ...asked, run: fourth.id })
  assert.equal(because.differences[0]?.path, 'inputs.words')
  const uncached = await server.run({ pipeline: 'copy', parameters: { suffix: '.' }, cache: false })
  assert.deepEqual(
    uncached.plan.map(({ status }) => status),
    ['succeeded', 'succeeded'],
  )
})

test('a run can be reproduced: same pins, no cache, and the digests are compared step by step', async (t) => {
  const server = await belt(t)
  const folder = await words(await scratchFolder(t), { a: 'x' })
  await commitFolder(server, 'words', folder)
  const random = node('fs.writeFileSync(step.outputs.n.path, String(Math.random())); ')
  await server.declare({
    copy: { ...copying, steps: { ...copying.steps, dice: { run: random, outputs: { n: 'file' } } } },
  })
  const first = await server.run({ pipeline: 'copy' })
  await words(folder, { b: 'later' })
  await commitFolder(server, 'words', folder)
  const { id } = await server.call(pipelineRoutes.reproduceRun, { project, run: first.id })
  const again = await server.ended(id)
  assert.equal(again.reproduces, first.id)
  assert.deepEqual(again.inputs, first.inputs)
  assert.ok(again.plan.every(({ status }) => status === 'succeeded'))
  const comparison = await server.call(pipelineRoutes.compareRuns, { project, run: id, with: first.id })
  const verdicts = Object.fromEntries(comparison.steps.map(({ step, verdict }) => [step, verdict]))
  assert.deepEqual(verdicts, { join: 'equal', count: 'equal', dice: 'different' })
  assert.equal(comparison.equal, false)
})

test('a reproduction does the work again and leaves out what acts on the platform', async (t) => {
  const server = await belt(t)
  let acts = 0
  server.near.builtins['things/register'] = { perform: () => Promise.resolve({ version: (acts += 1) }) }
  const make = { run: sh('echo 1 > "$ESTEIRA_OUTPUT_F"'), outputs: { f: 'file' as const } }
  const register = {
    uses: 'things/register',
    with: { file: '${{ steps.make.outputs.f }}' },
    outputs: { version: 'json' as const },
  }
  const told = { run: ['true'], inputs: { version: '${{ steps.register.outputs.version }}' } }
  await server.declare({
    act: { steps: { make, register, told, last: { run: ['true'], after: ['register'] } } },
  })
  const first = await server.run({ pipeline: 'act' })
  const { id } = await server.call(pipelineRoutes.reproduceRun, { project, run: first.id })
  const again = await server.ended(id)
  assert.deepEqual(Object.fromEntries(again.plan.map(({ name, status }) => [name, status])), {
    make: 'succeeded',
    last: 'succeeded',
  })
  assert.equal(acts, 1)
  assert.equal(
    (await server.call(pipelineRoutes.compareRuns, { project, run: id, with: first.id })).equal,
    true,
  )
})

test('a failed run can be retried from where it failed', async (t) => {
  const server = await belt(t)
  const folder = await scratchFolder(t)
  const steps: Pipeline['steps'] = {
    first: { run: sh(`echo x >> ${folder}/first`) },
    second: { run: sh(`test -e ${folder}/mended`), after: ['first'] },
    third: { run: ['true'], after: ['second'] },
  }
  await server.declare({ broken: { steps } })
  const failed = await server.run({ pipeline: 'broken' })
  assert.deepEqual(
    failed.plan.map(({ status }) => status),
    ['succeeded', 'failed', 'skipped'],
  )
  await eventually('the tracking run to fail', () => server.near.tracked[0]?.status === 'FAILED')
  await writeFile(join(folder, 'mended'), '')
  await server.call(pipelineRoutes.retryRun, { project, run: failed.id })
  const mended = await server.ended(failed.id)
  assert.equal(mended.status, 'succeeded')
  assert.equal(readFileSync(join(folder, 'first'), 'utf8'), 'x\n')
  assert.equal(stepIn(mended, 'second').attempts.length, 2)
  await assert.rejects(server.call(pipelineRoutes.retryRun, { project, run: failed.id }), /nothing to retry/)
})

test('a log can be followed while the step runs', async (t) => {
  const server = await belt(t)
  const folder = await scratchFolder(t)
  await server.declare({
    slow: alone(sh(`echo first; while [ ! -e ${folder}/go ]; do sleep 0.02; done; echo second`)),
  })
  const { id } = await server.call(pipelineRoutes.startRun, { project, pipeline: 'slow' })
  const asked = { project, run: id, step: 'only', waitMs: 10_000 }
  const first = await eventually('the first line', () =>
    server.call(pipelineRoutes.readLog, asked).then((part) => (part.text === '' ? undefined : part)),
  )
  assert.deepEqual([first.text, first.complete], ['first\n', false])
  const following = server.call(pipelineRoutes.readLog, { ...asked, offset: first.nextOffset })
  await writeFile(join(folder, 'go'), '')
  assert.equal((await following).text, 'second\n')
  await server.ended(id)
})

test('a step of the platform acts once under its key and leaves JSON outputs', async (t) => {
  const server = await belt(t)
  const keys: string[] = []
  server.near.builtins['things/register'] = {
    perform: ({ key, with: given, inputs, startedBy }) => {
      keys.push(key)
      return Promise.resolve({
        version: { n: 1, name: given['name'], file: inputs['file']?.digest, by: startedBy.kind },
      })
    },
  }
  server.near.builtins['things/refuse'] = { perform: () => Promise.reject(new Error('not today')) }
  await server.declare({
    act: {
      parameters: { name: { type: 'string', default: 'thing' } },
      steps: {
        make: { run: sh('echo 1 > "$ESTEIRA_OUTPUT_F"'), outputs: { f: 'file' } },
        register: {
          uses: 'things/register',
          with: { name: '${{ parameters.name }}', file: '${{ steps.make.outputs.f }}' },
          outputs: { version: 'json' },
        },
        refuse: { uses: 'things/refuse', after: ['register'] },
        cleanup: { run: ['true'], after: ['refuse'], always: true },
      },
    },
  })
  const run = await server.run({ pipeline: 'act' })
  const version = await server.call(pipelineRoutes.readOutput, {
    project,
    run: run.id,
    step: 'register',
    output: 'version',
  })
  assert.deepEqual(await version.json(), {
    n: 1,
    name: 'thing',
    file: stepIn(run, 'make').outputs['f']?.digest,
    by: 'person',
  })
  assert.deepEqual(keys, [`${run.id}/register`])
  assert.equal(stepIn(run, 'refuse').error?.message, 'not today')
  assert.equal(stepIn(run, 'cleanup').status, 'succeeded')
  assert.equal(run.status, 'failed')
})

test('runs are listed newest first, page by page', async (t) => {
  const server = await belt(t)
  await server.declare({ quick: alone(['true']), bad: alone(['false']) })
  const ids: string[] = []
  for (const pipeline of ['quick', 'bad', 'quick']) ids.unshift((await server.run({ pipeline })).id)
  const page = await server.call(pipelineRoutes.listRuns, { project, limit: 2 })
  assert.deepEqual(
    page.runs.map(({ id }) => id),
    ids.slice(0, 2),
  )
  const rest = await server.call(pipelineRoutes.listRuns, { project, limit: 2, after: page.next ?? '' })
  assert.deepEqual(
    rest.runs.map(({ id }) => id),
    ids.slice(2),
  )
  assert.equal(rest.next, null)
  const failed = await server.call(pipelineRoutes.listRuns, { project, status: 'failed' })
  assert.deepEqual(
    failed.runs.map(({ pipeline }) => pipeline),
    ['bad'],
  )
  const { pipelines } = await server.call(pipelineRoutes.listPipelines, { project })
  assert.deepEqual(
    pipelines.map(({ name, lastRun }) => [name, lastRun?.status]),
    [
      ['bad', 'failed'],
      ['quick', 'succeeded'],
    ],
  )
})
