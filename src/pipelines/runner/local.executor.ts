import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, open, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AppError } from '../../kernel/errors.ts'
import type { Executor, Exit, Job, JobState, LogSlice } from './executor.ts'
import {
  jobFiles,
  readWhole,
  writeFirst,
  writeWhole,
  type Claim,
  type ProcessIdentity,
} from './job-folder.ts'
import { isAlive } from './process-identity.ts'

const runner = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './runner.ts' : './runner.js', import.meta.url),
)

const never = (reason: Exit['reason']): Exit => ({
  reason,
  code: null,
  signal: null,
  message: null,
  startedAt: Date.now(),
  finishedAt: Date.now(),
  wallMs: 0,
  cpuMs: 0,
  peakMemoryBytes: null,
  logBytes: 0,
  logBytesCut: 0,
})

const send = (target: number, signal: NodeJS.Signals) => {
  try {
    process.kill(target, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** A session of its own: the runner is no child of the server in any way that matters. */
const spawnRunner = (folder: string, cache: string, onEnd: () => void) =>
  new Promise<void>((resolve, reject) => {
    const child = spawn(process.execPath, [runner, folder], {
      detached: true,
      stdio: 'ignore',
      cwd: folder,
      // Node keeps what it compiled there: half the start of a runner (118 ms without, 54 ms with, on two cores).
      env: { PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE: cache },
    })
    child.once('error', reject)
    child.once('exit', onEnd)
    child.once('spawn', () => {
      child.unref()
      resolve()
    })
  })

/** The runner was killed and could not end its process: nobody else will. */
const endOrphans = (folder: string) => {
  const child = readWhole(folder, jobFiles.process) as ProcessIdentity | undefined
  if (child && isAlive(child)) send(-child.pid, 'SIGKILL')
}

const exitOf = (folder: string): JobState | undefined => {
  const exit = readWhole(folder, jobFiles.exit) as Exit | undefined
  return exit && { state: 'ended', exit }
}

const stateOf = (folder: string): JobState => {
  const ended = exitOf(folder)
  if (ended) return ended
  const claim = readWhole(folder, jobFiles.claim) as Claim | undefined
  if (!claim) return existsSync(join(folder, jobFiles.job)) ? { state: 'starting' } : { state: 'absent' }
  if (claim.by === 'canceller') return { state: 'ended', exit: never('cancelled') }
  if (isAlive(claim.runner)) return { state: 'running' }
  // It may have written its result between the two looks.
  const late = exitOf(folder)
  if (late) return late
  endOrphans(folder)
  return { state: 'lost' }
}

const readSlice = async (path: string, offset: number, limit: number): Promise<LogSlice> => {
  const file = await open(path).catch(() => undefined)
  if (!file) return { bytes: Buffer.alloc(0), sizeBytes: 0 }
  try {
    const { size } = await file.stat()
    const buffer = Buffer.alloc(Math.max(0, Math.min(limit, size - offset)))
    const { bytesRead } = await file.read(buffer, 0, buffer.byteLength, offset)
    return { bytes: buffer.subarray(0, bytesRead), sizeBytes: size }
  } finally {
    await file.close()
  }
}

/** Processes of this machine, each under a runner that outlives the server; what is known of a job lies in its folder. */
export const localExecutor = (root: string, cache = join(root, '.cache')): Executor => {
  const listeners: ((id: string) => void)[] = []
  const folderOf = (id: string) => {
    if (!/^[A-Za-z0-9_]{1,64}$/.test(id))
      throw new AppError('internal', `${JSON.stringify(id)} cannot name a job.`)
    return join(root, id)
  }
  const prepare = async (folder: string, job: Job) => {
    await mkdir(join(folder, 'outputs'), { recursive: true, mode: 0o700 })
    await mkdir(join(folder, 'tmp'), { recursive: true, mode: 0o700 })
    for (const [name, content] of Object.entries(job.files))
      await writeFile(join(folder, name), content, { mode: 0o600 })
    writeWhole(folder, jobFiles.job, job)
  }
  return {
    folderOf,
    async start(job) {
      const folder = folderOf(job.id)
      if (existsSync(join(folder, jobFiles.claim))) return
      if (!existsSync(join(folder, jobFiles.job))) await prepare(folder, job)
      await spawnRunner(folder, cache, () => {
        for (const listener of listeners) listener(job.id)
      })
    },
    poll: async (id) => stateOf(folderOf(id)),
    async cancel(id) {
      const folder = folderOf(id)
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await writeFile(join(folder, jobFiles.cancel), '')
      // Whoever claims first decides: then a runner that comes late finds the job taken and goes away.
      if (writeFirst(folder, jobFiles.claim, { by: 'canceller' } satisfies Claim)) return
      const claim = readWhole(folder, jobFiles.claim) as Claim | undefined
      if (claim?.by === 'runner' && !existsSync(join(folder, jobFiles.exit)) && isAlive(claim.runner))
        send(claim.runner.pid, 'SIGTERM')
    },
    adopt: async () =>
      (await readdir(root).catch(() => [])).filter((name) => /^[A-Za-z0-9_]{1,64}$/.test(name)),
    onEnd: (listener) => void listeners.push(listener),
    readLog: (id, { offset, limit }) => readSlice(join(folderOf(id), jobFiles.log), offset, limit),
    remove: (id) => rm(folderOf(id), { recursive: true, force: true }),
  }
}
