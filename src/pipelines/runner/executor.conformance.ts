import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Executor, Exit, Job, JobState } from './executor.ts'

export type Stand = {
  executor: Executor
  /** The same place seen by a server that has just started. */
  reopened: () => Executor
  /** Kills what watches over a running job, the hard way, where the executor has such a thing. */
  killWatcher: (id: string) => void
}

const until = async <T>(look: () => Promise<T | undefined>): Promise<T> => {
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 15))
  }
}

const stateIs = (executor: Executor, id: string, state: JobState['state']) =>
  until(async () => ((await executor.poll(id)).state === state ? true : undefined))

const exitOf = (executor: Executor, id: string): Promise<Exit> =>
  until(async () => {
    const found = await executor.poll(id)
    if (found.state === 'lost') throw new Error(`${id} is lost`)
    return found.state === 'ended' ? found.exit : undefined
  })

/** A dead process that nobody has waited for yet runs no more. */
export const isRunning = (pid: number) => {
  try {
    process.kill(pid, 0)
    return process.platform !== 'linux' || !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

const numberIn = (path: string) =>
  until(async () => {
    const text = existsSync(path) ? readFileSync(path, 'utf8').trim() : ''
    return text === '' ? undefined : Number(text)
  })

const shell = (script: string) => ['/bin/sh', '-c', script]

const jobOf = (executor: Executor, id: string, changes: Partial<Job> & { argv: string[] }): Job => ({
  id,
  cwd: '/',
  env: { PATH: process.env['PATH'] ?? '', JOB: executor.folderOf(id) },
  files: {},
  timeoutMs: 60_000,
  graceMs: 300,
  logLimitBytes: 1_048_576,
  ...changes,
})

const logOf = async (executor: Executor, id: string) =>
  (await executor.readLog(id, { offset: 0, limit: 8_388_608 })).bytes.toString('utf8')

/** What every executor promises. `open` gives a fresh place each time. */
export const executorConformance = (name: string, open: (t: TestContext) => Promise<Stand>): void => {
  const check = (promise: string, body: (stand: Stand) => Promise<void>) =>
    test(`${name}: ${promise}`, { timeout: 60_000 }, async (t) => body(await open(t)))

  check('a job that ends well tells its exit code, its times and its log', async ({ executor }) => {
    await executor.start(jobOf(executor, 'a', { argv: shell('echo out; echo err >&2; exit 0') }))
    const exit = await exitOf(executor, 'a')
    assert.deepEqual([exit.reason, exit.code, exit.signal], ['exited', 0, null])
    assert.ok(exit.finishedAt >= exit.startedAt && exit.wallMs >= 0)
    assert.deepEqual(
      (await logOf(executor, 'a'))
        .split('\n')
        .filter(Boolean)
        .sort((a, b) => a.localeCompare(b)),
      ['err', 'out'],
    )
  })

  check('a job that fails tells its exit code', async ({ executor }) => {
    await executor.start(jobOf(executor, 'a', { argv: shell('exit 7') }))
    assert.deepEqual((await exitOf(executor, 'a')).code, 7)
  })

  check(
    'arguments, files and environment arrive as they were given, and nothing else',
    async ({ executor }) => {
      const folder = executor.folderOf('a')
      const script = 'printf "%s|" "$@" "$X"; cat "$JOB/step.json"; env | sort > "$JOB/env"'
      const job = jobOf(executor, 'a', {
        argv: [...shell(script), 'sh', 'a b', '$(id)', ''],
        files: { 'step.json': '{"a":1}' },
      })
      await executor.start({ ...job, env: { ...job.env, X: '; rm -rf' } })
      await exitOf(executor, 'a')
      assert.equal(await logOf(executor, 'a'), 'a b|$(id)||; rm -rf|{"a":1}')
      const names = readFileSync(join(folder, 'env'), 'utf8')
        .split('\n')
        .map((line) => line.split('=')[0])
      for (const found of names)
        assert.ok(['', 'JOB', 'PATH', 'X', 'PWD', 'SHLVL', 'OLDPWD', '_'].includes(found ?? ''), found)
    },
  )

  check('asking many times for one job starts one process', async ({ executor, reopened }) => {
    const job = jobOf(executor, 'a', { argv: shell('echo started >> "$JOB/outputs/starts"; sleep 0.3') })
    await Promise.all(Array.from({ length: 6 }, (_, turn) => (turn % 2 ? executor : reopened()).start(job)))
    await exitOf(executor, 'a')
    await executor.start(job)
    await new Promise((resolve) => setTimeout(resolve, 200))
    assert.equal(readFileSync(join(executor.folderOf('a'), 'outputs', 'starts'), 'utf8'), 'started\n')
  })

  check(
    'a server that has just started finds the running job and its result',
    async ({ executor, reopened }) => {
      await executor.start(
        jobOf(executor, 'a', { argv: shell('while [ ! -e "$JOB/go" ]; do sleep 0.02; done; echo end') }),
      )
      await stateIs(executor, 'a', 'running')
      const next = reopened()
      assert.deepEqual(await next.adopt(), ['a'])
      assert.equal((await next.poll('a')).state, 'running')
      await next.start(jobOf(next, 'a', { argv: shell('echo other') }))
      const { writeFileSync } = await import('node:fs')
      writeFileSync(join(executor.folderOf('a'), 'go'), '')
      assert.equal((await exitOf(next, 'a')).code, 0)
      assert.equal(await logOf(next, 'a'), 'end\n')
    },
  )

  check(
    'a job that takes too long is ended with all its children, also when it does not listen',
    async ({ executor }) => {
      const script =
        'trap "" TERM; sh -c \'trap "" TERM; echo $$ > "$JOB/child"; while :; do sleep 0.05; done\' & wait; sleep 60'
      await executor.start(jobOf(executor, 'a', { argv: shell(script), timeoutMs: 400 }))
      const child = await numberIn(join(executor.folderOf('a'), 'child'))
      const exit = await exitOf(executor, 'a')
      assert.deepEqual([exit.reason, exit.signal], ['timeout', 'SIGKILL'])
      assert.equal(isRunning(child), false)
    },
  )

  check('a cancelled job ends with all its children, and tells so only then', async ({ executor }) => {
    const script = 'sh -c \'echo $$ > "$JOB/child"; sleep 60\' & wait'
    await executor.start(jobOf(executor, 'a', { argv: shell(script) }))
    const child = await numberIn(join(executor.folderOf('a'), 'child'))
    await executor.cancel('a')
    await executor.cancel('a')
    assert.equal((await exitOf(executor, 'a')).reason, 'cancelled')
    assert.equal(isRunning(child), false)
  })

  check('a job that was cancelled before it started never starts', async ({ executor }) => {
    await executor.cancel('a')
    await executor.start(jobOf(executor, 'a', { argv: shell('touch "$JOB/outputs/ran"') }))
    assert.equal((await exitOf(executor, 'a')).reason, 'cancelled')
    assert.equal(existsSync(join(executor.folderOf('a'), 'outputs', 'ran')), false)
  })

  check('a job killed by a signal tells which', async ({ executor }) => {
    await executor.start(jobOf(executor, 'a', { argv: shell('kill -9 $$') }))
    const exit = await exitOf(executor, 'a')
    assert.deepEqual([exit.reason, exit.code, exit.signal], ['exited', null, 'SIGKILL'])
  })

  check('a command that does not exist is told by name', async ({ executor }) => {
    await executor.start(jobOf(executor, 'a', { argv: ['no-such-command-here'] }))
    const exit = await exitOf(executor, 'a')
    assert.equal(exit.reason, 'not started')
    assert.match(exit.message ?? '', /no-such-command-here was not found/)
  })

  check('a flood of log is kept as head and tail, and says what was left out', async ({ executor }) => {
    const script =
      'echo first; i=0; while [ $i -lt 4 ]; do head -c 1048576 /dev/zero | tr "\\0" x; i=$((i+1)); done; echo; echo last'
    await executor.start(jobOf(executor, 'a', { argv: shell(script) }))
    const exit = await exitOf(executor, 'a')
    const log = await logOf(executor, 'a')
    assert.ok(exit.logBytes > 4_194_304 && exit.logBytesCut > 0)
    assert.ok(log.startsWith('first\n') && log.endsWith('x\nlast\n'))
    assert.match(log, /\[esteira\] \d+ bytes of the log are left out here/)
    assert.ok(Buffer.byteLength(log) < 1_048_576 + 1000)
  })

  check('what a job leaves in the background dies with it', async ({ executor }) => {
    await executor.start(jobOf(executor, 'a', { argv: shell('sleep 60 & echo $! > "$JOB/child"; exit 0') }))
    const child = await numberIn(join(executor.folderOf('a'), 'child'))
    assert.equal((await exitOf(executor, 'a')).code, 0)
    assert.equal(isRunning(child), false)
  })

  check(
    'a job whose watcher was killed is lost, and its process is not left behind',
    async ({ executor, killWatcher }) => {
      await executor.start(jobOf(executor, 'a', { argv: shell('echo $$ > "$JOB/child"; sleep 60') }))
      const child = await numberIn(join(executor.folderOf('a'), 'child'))
      killWatcher('a')
      await stateIs(executor, 'a', 'lost')
      await until(async () => (isRunning(child) ? undefined : true))
    },
  )

  check('a job that nobody asked for is absent, and a removed one too', async ({ executor }) => {
    assert.equal((await executor.poll('a')).state, 'absent')
    await executor.start(jobOf(executor, 'a', { argv: shell('exit 0') }))
    await exitOf(executor, 'a')
    await executor.remove('a')
    assert.equal((await executor.poll('a')).state, 'absent')
    assert.deepEqual(await executor.adopt(), [])
  })
}
