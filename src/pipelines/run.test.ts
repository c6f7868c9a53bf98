import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { eventually, scratchFolder } from '../testing.ts'
import { pipelineRoutes, type Pipeline } from './contract.ts'
import { isRunning } from './runner/executor.conformance.ts'
import { belt, type Belt, commitFolder, project, stepIn } from './testing.ts'

const sh = (script: string): string[] => ['sh', '-c', script]

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

const alone = (run: string | string[], more: Partial<Pipeline['steps'][string]> = {}): Pipeline => ({
  steps: { only: { run, ...more }, after: { run: ['true'], after: ['only'] } },
})

/** Reads a log part by part; of long parts only the ends are kept. */
const wholeLog = async (server: Belt, run: string) => {
  let [offset, text] = [0, '']
  for (;;) {
    const asked = { project, run, step: 'only', offset, limit: 1_048_576 }
    const part = await server.call(pipelineRoutes.readLog, asked)
    text += part.text.length > 2_000 ? part.text.slice(0, 1000) + part.text.slice(-1000) : part.text
    offset = part.nextOffset
    if (part.complete) return { offset, text }
  }
}

test('what goes wrong in a step is told with its reason, and what needs it is skipped', async (t) => {
  const server = await belt(t)
  const flood = 'head -c 104857600 /dev/zero | tr "\\0" "a"; echo; echo the end; exit 4'
  const cases: [name: string, pipeline: Pipeline, code: string, message: RegExp][] = [
    ['exits', alone(sh('echo before; echo why >&2; exit 3')), 'exit', /exited with 3[^]*why/],
    [
      'hangs',
      alone(sh('echo here; sleep 60'), { timeout: '300ms' }),
      'timeout',
      /longer than 0\.3 s[^]*here/,
    ],
    ['killed', alone(sh('kill -9 $$')), 'killed', /killed by SIGKILL/],
    ['absent', alone('no-such-command --now'), 'command', /no-such-command was not found/],
    ['silent', alone(['true'], { outputs: { rows: 'file' } }), 'output', /output rows was not written/],
    [
      'garbled',
      alone(sh('echo "{" > "$ESTEIRA_OUTPUT_R"'), { outputs: { r: 'json' } }),
      'output',
      /output r is not JSON/,
    ],
    [
      'linked',
      alone(sh('ln -s /etc/hostname "$ESTEIRA_OUTPUT_R"'), { outputs: { r: 'file' } }),
      'output',
      /is not a file/,
    ],
    ['flood', alone(sh(flood)), 'exit', /exited with 4[^]*the end/],
  ]
  await server.declare(Object.fromEntries(cases.map(([name, pipeline]) => [name, pipeline])))
  const runs = await Promise.all(cases.map(([name]) => server.run({ pipeline: name })))
  for (const [index, [name, , code, message]] of cases.entries()) {
    const run = runs[index]
    assert.equal(run?.status, 'failed', name)
    const step = run && stepIn(run, 'only')
    assert.equal(step?.error?.code, code, `${name}: ${step?.error?.message}`)
    assert.match(step?.error?.message ?? '', message, name)
    assert.equal(run && stepIn(run, 'after').status, 'skipped', name)
    assert.deepEqual(step?.outputs, {})
  }
  const flooded = runs.at(-1)?.id ?? ''
  const { offset, text } = await wholeLog(server, flooded)
  assert.ok(offset < 66 * 1_048_576, `${offset} bytes were kept`)
  assert.match(text, /the end\n$/)
})

test('a failed attempt is repeated, each attempt with its own log', async (t) => {
  const server = await belt(t)
  const marker = join(await scratchFolder(t), 'tries')
  const script = `echo x >> ${marker}; n=$(wc -l < ${marker}); echo try $n; [ $n -ge 3 ]`
  await server.declare({ flaky: alone(sh(script), { retry: { attempts: 3, delay: '10ms' } }) })
  const run = await server.run({ pipeline: 'flaky' })
  assert.equal(run.status, 'succeeded')
  assert.deepEqual(
    stepIn(run, 'only').attempts.map(({ status }) => status),
    ['failed', 'failed', 'succeeded'],
  )
  const second = await server.call(pipelineRoutes.readLog, { project, run: run.id, step: 'only', attempt: 2 })
  assert.match(second.text, /^try\s+2\n$/)
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

test('cancelling a run ends the processes of its steps and starts no more', async (t) => {
  const server = await belt(t)
  const folder = await scratchFolder(t)
  await server.declare({ long: alone(sh(`sh -c 'echo $$ > ${folder}/child; sleep 60' & wait`)) })
  const { id } = await server.call(pipelineRoutes.startRun, { project, pipeline: 'long' })
  const child = await eventually(
    'the child to run',
    async () =>
      Number((await readdir(folder)).includes('child') && readFileSync(join(folder, 'child'), 'utf8')) ||
      undefined,
  )
  await server.call(pipelineRoutes.cancelRun, { project, run: id })
  const run = await server.ended(id)
  assert.equal(run.status, 'cancelled')
  assert.deepEqual(
    run.plan.map(({ status }) => status),
    ['cancelled', 'cancelled'],
  )
  assert.equal(isRunning(child), false)
  await assert.rejects(
    server.call(pipelineRoutes.cancelRun, { project, run: id }),
    /is cancelled, so it cannot be cancelled/,
  )
  await eventually('the tracking run to be killed', () => server.near.tracked[0]?.status === 'KILLED')
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

test('a run that cannot be started changes nothing and names every problem', async (t) => {
  const server = await belt(t)
  await server.declare({
    copy: copying,
    circle: { steps: { a: { run: 'true', after: ['b'] }, b: { run: 'true', after: ['a'] } } },
  })
  const start = (body: {
    pipeline: string
    parameters?: Record<string, unknown>
    inputs?: Record<string, { ref: string }>
  }) => server.call(pipelineRoutes.startRun, { project, ...body })
  await assert.rejects(start({ pipeline: 'circle' }), /circle: a → b → a/)
  await assert.rejects(start({ pipeline: 'copi' }), /no pipeline copi/)
  await assert.rejects(start({ pipeline: 'copy' }), /repository words has nothing at main/)
  await assert.rejects(start({ pipeline: 'copy', parameters: { sufix: 1 } }), /no parameter sufix/)
  await assert.rejects(start({ pipeline: 'copy', inputs: { word: { ref: 'x' } } }), /no input word/)
  assert.deepEqual((await server.call(pipelineRoutes.listRuns, { project })).runs, [])
  assert.deepEqual(await server.kernel.ledger.read({ types: ['pipeline.run.started'] }), [])
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
