import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { client, type Call } from '../kernel/client.ts'
import { verifyHome } from '../kernel/ledger/verify.ts'
import { cleanup, eventually, scratchFolder } from '../testing.ts'
import { pipelineRoutes, type Pipeline, type Run } from './contract.ts'
import { chanceOf } from './simulation/chance.ts'
import { project, stepIn } from './testing.ts'

const program = fileURLToPath(new URL('testing.server.ts', import.meta.url))

type Victim = { call: Call; kill: () => Promise<void> }

const startVictim = async (
  t: TestContext,
  home: string,
  pipelines: Record<string, Pipeline>,
): Promise<Victim> => {
  const child = spawn(process.execPath, [program, home, JSON.stringify(pipelines)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const kill = async () => {
    child.kill('SIGKILL')
    await gone
  }
  cleanup(t, kill)
  const [url] = await new Promise<string[]>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', (line) => resolve([line]))
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)))
  })
  return { call: client({ url: url ?? '' }), kill }
}

/** Each step notes its start, works a while, and makes its output from its inputs. */
const working = (marks: string, name: string, ms: number): string[] => [
  'sh',
  '-c',
  `echo x >> ${marks}/${name}; sleep ${ms / 1000}; { echo ${name}; cat $(env | grep '^ESTEIRA_INPUT_' | sort | cut -d= -f2) /dev/null; } | cksum > "$ESTEIRA_OUTPUT_SUM"`,
]

const diamond = (marks: string): Pipeline => {
  const step = (name: string, inputs: string[], ms: number): Pipeline['steps'][string] => ({
    run: working(marks, name, ms),
    inputs: Object.fromEntries(inputs.map((input) => [input, `\${{ steps.${input}.outputs.sum }}`])),
    outputs: { sum: 'file' },
  })
  return {
    steps: {
      a: step('a', [], 200),
      b: step('b', ['a'], 500),
      c: step('c', ['a'], 100),
      d: step('d', ['b', 'c'], 300),
      act: { uses: 'things/act', with: { sum: '${{ steps.d.outputs.sum }}' }, outputs: { key: 'json' } },
      e: { ...step('e', ['d'], 200), after: ['act'] },
      f: step('f', ['e'], 100),
    },
  }
}

const ended = (call: Call, run: string, withinMs: number): Promise<Run | undefined> =>
  eventually(
    `the end of ${run}`,
    async () => {
      const found = await call(pipelineRoutes.getRun, { project, run })
      return found.status === 'running' ? undefined : found
    },
    withinMs,
  ).catch(() => undefined)

const seed = Number(process.env['SEED'] ?? 7)

test(
  `a server that is killed again and again ends its runs as if nothing had happened (SEED=${seed})`,
  { timeout: 120_000 },
  async (t) => {
    const home = await scratchFolder(t)
    const marks = join(home, 'marks')
    await mkdir(marks)
    const pipelines = { diamond: diamond(marks) }
    const chance = chanceOf(seed)
    let victim = await startVictim(t, home, pipelines)
    const { id } = await victim.call(pipelineRoutes.startRun, { project, pipeline: 'diamond' })
    let run: Run | undefined
    let kills = 0
    while (!run) {
      run = await ended(victim.call, id, kills < 6 ? chance.between(0, 500) : 60_000)
      if (run) break
      await victim.kill()
      kills += 1
      victim = await startVictim(t, home, pipelines)
    }
    assert.ok(kills >= 3, `the run ended after ${kills} kills only`)
    assert.equal(run.status, 'succeeded')
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) {
      assert.equal(readFileSync(join(marks, name), 'utf8'), 'x\n', `${name} was started more than once`)
      assert.equal(stepIn(run, name).attempts.length, 1)
    }
    const keys = new Set(readFileSync(join(home, 'actions'), 'utf8').trim().split('\n'))
    assert.deepEqual([...keys], [`${id}/act`])

    const again = await victim.call(pipelineRoutes.reproduceRun, { project, run: id })
    assert.equal((await ended(victim.call, again.id, 60_000))?.status, 'succeeded')
    const comparison = await victim.call(pipelineRoutes.compareRuns, { project, run: again.id, with: id })
    assert.equal(comparison.equal, true, JSON.stringify(comparison))
    await eventually('the job folders to go', () => readdirSync(join(home, 'jobs')).length === 0)
    await victim.kill()
    assert.ok((await verifyHome(home)).events > 10)
  },
)

test(
  'a run that was cancelled just before the server was killed stays cancelled',
  { timeout: 60_000 },
  async (t) => {
    const home = await scratchFolder(t)
    const pid = join(home, 'pid')
    const pipelines: Record<string, Pipeline> = {
      long: {
        steps: {
          only: { run: ['sh', '-c', `echo $$ > ${pid}; sleep 60`] },
          after: { run: ['true'], after: ['only'] },
        },
      },
    }
    const first = await startVictim(t, home, pipelines)
    const { id } = await first.call(pipelineRoutes.startRun, { project, pipeline: 'long' })
    await eventually('the step to run', () => existsSync(pid) && readFileSync(pid, 'utf8') !== '')
    await first.call(pipelineRoutes.cancelRun, { project, run: id })
    await first.kill()
    const second = await startVictim(t, home, pipelines)
    const run = await eventually('the end', async () => {
      const found = await second.call(pipelineRoutes.getRun, { project, run: id })
      return found.status === 'cancelling' ? undefined : found
    })
    assert.equal(run.status, 'cancelled')
    assert.deepEqual(
      run.plan.map(({ status }) => status),
      ['cancelled', 'cancelled'],
    )
    await second.kill()
  },
)
