import { type ChildProcess, spawn } from 'node:child_process'
import { createServer, type AddressInfo } from 'node:net'
import { readdirSync, readFileSync } from 'node:fs'

export type Command = {
  argv: readonly string[]
  env?: NodeJS.ProcessEnv
  cwd?: string
}

export type Running = {
  pid: number
  /** What it wrote so far, standard output and error together, at most the last 64 KiB. */
  output: () => string
  hasEnded: () => boolean
  /** Its exit code, once it has ended; null when a signal ended it or it never started. */
  ended: Promise<number | null>
  /** Ends it and everything that it started. */
  stop: () => Promise<void>
}

const keptOutput = 65_536
const stopWithinMs = 15_000
const ticksPerSecond = 100

const running = new Set<Running>()
let isOver = false

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

type Stat = { pid: number; parent: number; began: string; ownCpuMs: number; endedCpuMs: number }

/** One line of the kernel about a process; undefined when it is gone, or where there is no /proc. */
const statOf = (pid: number | string): Stat | undefined => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name in parentheses may hold anything; the fields after it are numbered from 3.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const field = (number: number) => fields[number - 3] ?? '0'
    const milliseconds = (...numbers: number[]) =>
      (numbers.reduce((sum, number) => sum + Number(field(number)), 0) * 1000) / ticksPerSecond
    return {
      pid: Number(pid),
      parent: Number(field(4)),
      began: field(22),
      // User and system time, of its own and of children that have ended and been waited for.
      ownCpuMs: milliseconds(14, 15),
      endedCpuMs: milliseconds(16, 17),
    }
  } catch {
    return undefined
  }
}

/** A process and all its descendants that are alive. */
const treeOf = (root: number): Stat[] => {
  const all = (process.platform === 'linux' ? readdirSync('/proc') : [])
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statOf(name) ?? [])
  const found = all.filter(({ pid }) => pid === root)
  for (const one of found) found.push(...all.filter(({ parent }) => parent === one.pid))
  return found
}

const canMeasureProcesses = process.platform === 'linux'

/** CPU time that a process tree has used so far, children that ended included. NaN where it cannot be known. */
export const cpuMsOf = (pid: number): number =>
  canMeasureProcesses ? treeOf(pid).reduce((sum, one) => sum + one.ownCpuMs + one.endedCpuMs, 0) : Number.NaN

/** CPU time of everything that this process has started and that has ended. */
const endedCpuMs = (): number => statOf('self')?.endedCpuMs ?? Number.NaN

/** Memory of a process tree in MB; pages that several processes share count once (PSS). */
export const memoryMbOf = (pid: number): number => {
  if (!canMeasureProcesses) return Number.NaN
  const kilobytes = treeOf(pid).map((one) => {
    const text = readFileSync(`/proc/${one.pid}/smaps_rollup`, 'latin1')
    return Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0)
  })
  return kilobytes.reduce((sum, one) => sum + one, 0) / 1024
}

const isStillThere = ({ pid, began }: Stat): boolean => statOf(pid)?.began === began

const signal = (pid: number, name: NodeJS.Signals) => {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

const end = async (child: ChildProcess) => {
  const { pid } = child
  if (pid === undefined) return
  const tree = treeOf(pid)
  const isGone = () => child.exitCode !== null || child.signalCode !== null
  if (!isGone()) signal(pid, 'SIGTERM')
  const deadline = Date.now() + stopWithinMs
  while (Date.now() < deadline && !(isGone() && !tree.some(isStillThere))) await pause(20)
  for (const one of tree) if (isStillThere(one)) signal(one.pid, 'SIGKILL')
  if (!isGone()) signal(pid, 'SIGKILL')
}

/** Starts a process that runs until it is stopped, at the latest by `stopAll`. */
export const start = ({ argv, env = {}, cwd }: Command): Running => {
  if (isOver) throw new Error('The bench is ending and starts nothing more.')
  const [program = '', ...rest] = argv
  const child = spawn(program, rest, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      said = (said + chunk).slice(-keptOutput)
    })
  let hasEnded = false
  const ended = new Promise<number | null>((resolve) => {
    const over = (code: number | null) => {
      hasEnded = true
      resolve(code)
    }
    child.once('error', (error) => {
      said += error.message
      over(null)
    })
    child.once('exit', over)
  })
  let stopping: Promise<void> | undefined
  const self: Running = {
    pid: child.pid ?? 0,
    output: () => said,
    hasEnded: () => hasEnded,
    ended,
    stop: () => (stopping ??= end(child).finally(() => running.delete(self))),
  }
  running.add(self)
  return self
}

/** Ends whatever still runs; nothing can be started after it. */
export const stopAll = async (): Promise<void> => {
  isOver = true
  for (const one of running) await one.stop()
}

/** Runs a command to its end and says what it took, the whole tree together. Throws with the end of its output when it fails. */
export const runToEnd = async (
  command: Command,
  withinMs = 300_000,
): Promise<{ wallMs: number; cpuMs: number }> => {
  const cpuBefore = endedCpuMs()
  const began = performance.now()
  const child = start(command)
  const timer = setTimeout(() => void child.stop(), withinMs)
  const code = await child.ended
  const wallMs = performance.now() - began
  clearTimeout(timer)
  await child.stop()
  if (code !== 0)
    throw new Error(
      `${command.argv.join(' ')} ended with ${code} after ${Math.round(wallMs)} ms:\n${child.output()}`,
    )
  return { wallMs, cpuMs: endedCpuMs() - cpuBefore }
}

/** `{ port: 80 }` as `--port 80`. */
export const flagsOf = (flags: Record<string, string | number>): string[] =>
  Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)])

/** A port that nobody listens on now. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })

/** Waits until an address answers; throws when it answers no. */
export const firstAnswer = async (child: Running, url: string, init?: RequestInit): Promise<void> => {
  const deadline = performance.now() + 120_000
  for (;;) {
    const reply = await fetch(url, { ...init, signal: AbortSignal.timeout(5_000) }).catch(() => undefined)
    const text = await reply?.text()
    if (reply?.ok) return
    // While it starts, a server may say that it is not ready; that it does not understand, it says for good.
    if (reply && reply.status < 500) throw new Error(`${url} answered ${reply.status}: ${text}`)
    if (child.hasEnded() || performance.now() > deadline)
      throw new Error(`No answer at ${url}; the end of what was said:\n${child.output().slice(-2000)}`)
    await pause(5)
  }
}
