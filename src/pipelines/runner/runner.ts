/**
 * The program that runs one attempt and outlives the server: `node runner.ts <job folder>`. It takes the job if nobody has, runs the
 * command in a process group of its own, keeps its log, ends it when its time is up, and leaves exit.json. It imports little, because
 * its start is part of every step.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { delimiter, join, resolve } from 'node:path'
import { cappedLog, type CappedLog } from './capped-log.ts'
import type { Exit, Job } from './executor.ts'
import { jobFiles, readWhole, writeFirst, writeWhole, type Claim } from './job-folder.ts'
import { childrenCpuMs, identify, peakMemoryBytes } from './process-identity.ts'

type Ending = Pick<Exit, 'reason' | 'code' | 'signal' | 'message'>

/**
 * The process waits at this gate until its number is written down: a runner that is killed before leaves no process that nobody
 * knows of. The command comes as arguments and is never read by the shell, which becomes the command.
 */
const gate = 'read -r _ || exit 125; exec "$@" </dev/null'

const signalGroup = (pid: number, signal: NodeJS.Signals) => {
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** SIGTERM to the whole group, SIGKILL when the grace is over. */
const endGroup = (child: ChildProcess, graceMs: number) => {
  const { pid } = child
  if (pid === undefined) return
  signalGroup(pid, 'SIGTERM')
  setTimeout(() => signalGroup(pid, 'SIGKILL'), graceMs).unref()
}

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** Why the command cannot run at all, where that can be known before. */
const whyNotStarted = ({ argv: [program = ''], cwd, env }: Job): string | undefined => {
  if (!existsSync(cwd)) return `The folder ${cwd} is not there.`
  const places = program.includes('/')
    ? [resolve(cwd, program)]
    : folders(env['PATH']).map((folder) => join(folder, program))
  if (places.some(isExecutable)) return undefined
  return places.some((place) => existsSync(place) && statSync(place).isFile())
    ? `The command ${program} may not be executed.`
    : `The command ${program} was not found.`
}

const folders = (path = ''): string[] => path.split(delimiter).filter((folder) => folder !== '')

const notStarted = (message: string): Ending => ({ reason: 'not started', code: null, signal: null, message })

/** Waits for the end of the process; what it leaves behind in its group is killed then. */
const endOf = (child: ChildProcess, stopping: () => 'timeout' | 'cancelled' | undefined) =>
  new Promise<Ending>((finish) => {
    child.once('error', (error) => finish(notStarted(`The command could not be started: ${error.message}`)))
    child.once('exit', (code, signal) => {
      if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL')
      const ending: Ending = { reason: stopping() ?? 'exited', code, signal, message: null }
      // A grandchild that left the group may hold the pipes open: the log waits for it only a moment.
      const patience = setTimeout(() => finish(ending), 2_000)
      child.once('close', () => {
        clearTimeout(patience)
        finish(ending)
      })
    })
  })

const run = async (folder: string, job: Job, log: CappedLog): Promise<Ending & { peak: number | null }> => {
  let stopping: 'timeout' | 'cancelled' | undefined
  const problem = whyNotStarted(job)
  if (problem !== undefined) return { ...notStarted(problem), peak: null }
  const child = spawn('/bin/sh', ['-c', gate, 'esteira', ...job.argv], {
    cwd: job.cwd,
    env: job.env,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const stop = (reason: 'timeout' | 'cancelled') => {
    if (stopping !== undefined) return
    stopping = reason
    endGroup(child, job.graceMs)
  }
  child.stdin.on('error', () => {})
  if (child.pid !== undefined) writeWhole(folder, jobFiles.process, identify(child.pid))
  child.stdin.end('\n')
  child.stdout.on('data', (chunk: Buffer) => log.write(chunk))
  child.stderr.on('data', (chunk: Buffer) => log.write(chunk))
  process.on('SIGTERM', () => stop('cancelled'))
  if (existsSync(join(folder, jobFiles.cancel))) stop('cancelled')
  const limit = setTimeout(() => stop('timeout'), Math.min(job.timeoutMs, 2_147_483_647))
  let peak: number | null = null
  const measure = () => (peak = child.pid === undefined ? null : (peakMemoryBytes(child.pid) ?? peak))
  const measuring = setInterval(measure, 500)
  const ending = await endOf(child, () => stopping)
  clearTimeout(limit)
  clearInterval(measuring)
  return { ...ending, peak }
}

const main = async (folder: string) => {
  // From the first moment: a signal that comes while the job is taken must not kill the taker.
  process.on('SIGTERM', () => {})
  process.on('SIGINT', () => {})
  process.on('SIGHUP', () => {})
  const job = readWhole(folder, jobFiles.job) as Job | undefined
  if (!job) return
  const claim: Claim = { by: 'runner', runner: identify(process.pid) }
  if (!writeFirst(folder, jobFiles.claim, claim)) return
  const startedAt = Date.now()
  const began = performance.now()
  const log = cappedLog(join(folder, jobFiles.log), job.logLimitBytes)
  const { peak, ...ending } = await run(folder, job, log)
  const kept = await log.finish()
  const exit: Exit = {
    ...ending,
    startedAt,
    finishedAt: Date.now(),
    wallMs: Math.round(performance.now() - began),
    cpuMs: childrenCpuMs(),
    peakMemoryBytes: peak,
    logBytes: kept.bytes,
    logBytesCut: kept.cut,
  }
  // Once the result is there, nothing more is written anywhere: whoever sees it may clear everything away.
  flushCompileCache()
  writeWhole(folder, jobFiles.exit, exit)
  process.exit(0)
}

const [folder] = process.argv.slice(2)
if (folder !== undefined) await main(folder)
