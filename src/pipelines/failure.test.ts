import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { eventually, scratchFolder } from '../testing.ts'
import { pipelineRoutes, type Pipeline } from './contract.ts'
import { isRunning } from './runner/executor.conformance.ts'
import { localExecutor } from './runner/local.executor.ts'
import { alone, belt, type Belt, neighbours, project, sh, stepIn } from './testing.ts'

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

test('a step whose runner is killed runs again, and its first attempt is told as lost', async (t) => {
  const server = await belt(t)
  const folder = await scratchFolder(t)
  const script = `echo begun; if [ -e ${folder}/pid ]; then exit 0; fi; echo $$ > ${folder}/pid; sleep 60`
  await server.declare({ long: alone(sh(script), { retry: { attempts: 1, delay: '10ms' } }) })
  const { id } = await server.call(pipelineRoutes.startRun, { project, pipeline: 'long' })
  await eventually('the step to run', () => existsSync(join(folder, 'pid')))
  const jobs = join(server.home, 'jobs')
  const [job = ''] = await readdir(jobs)
  const { runner } = JSON.parse(readFileSync(join(jobs, job, 'claim.json'), 'utf8')) as {
    runner: { pid: number }
  }
  process.kill(runner.pid, 'SIGKILL')
  const run = await server.ended(id)
  assert.equal(run.status, 'succeeded')
  assert.deepEqual(
    stepIn(run, 'only').attempts.map(({ status }) => status),
    ['lost', 'succeeded'],
  )
  assert.equal(isRunning(Number(readFileSync(join(folder, 'pid'), 'utf8'))), false)
  const first = await server.call(pipelineRoutes.readLog, { project, run: id, step: 'only', attempt: 1 })
  assert.equal(first.text, 'begun\n')
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

test('a run that cannot be started changes nothing and names every problem', async (t) => {
  const server = await belt(t)
  await server.declare({
    copy: {
      parameters: { suffix: { type: 'string', default: '!' } },
      inputs: { words: { repository: 'words' } },
      steps: { only: { run: ['true'], inputs: { words: '${{ inputs.words }}' } } },
    },
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

test('a process that belongs to no run any more is ended when a server starts, and its folder goes', async (t) => {
  const home = await scratchFolder(t)
  const executor = localExecutor(join(home, 'jobs'))
  const pid = join(home, 'pid')
  const argv = sh(`echo $$ > ${pid}; sleep 60`)
  const env = { PATH: process.env['PATH'] ?? '' }
  const limits = { timeoutMs: 60_000, graceMs: 300, logLimitBytes: 1_000 }
  await executor.start({ id: 'prun_gone_1', argv, cwd: home, env, files: {}, ...limits })
  await eventually('the process to run', () => existsSync(pid) && readFileSync(pid, 'utf8') !== '')
  await belt(t, neighbours(), { home })
  await eventually('its end', () => !isRunning(Number(readFileSync(pid, 'utf8'))))
  await eventually('the folder to go', async () => (await executor.adopt()).length === 0)
})
