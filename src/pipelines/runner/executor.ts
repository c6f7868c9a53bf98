/** What runs: an argument vector, never a line for a shell. Paths are those of the place where the executor works. */
export type Job = {
  /** Of one attempt. Whoever asks twice with the same id gets one process. */
  id: string
  argv: string[]
  cwd: string
  /** The whole environment of the process; nothing of the server's own gets in. */
  env: Record<string, string>
  /** Small files beside the process, such as step.json. */
  files: Record<string, string>
  timeoutMs: number
  /** Time between SIGTERM and SIGKILL. */
  graceMs: number
  /** Head and tail of the log that are kept, together. */
  logLimitBytes: number
}

export type Exit = {
  /** cancelled: before or while it ran. not started: the command could not be run at all. */
  reason: 'exited' | 'timeout' | 'cancelled' | 'not started'
  code: number | null
  signal: string | null
  message: string | null
  startedAt: number
  finishedAt: number
  wallMs: number
  /** Of the process and all that it waited for; null where the system does not tell. */
  cpuMs: number | null
  peakMemoryBytes: number | null
  logBytes: number
  logBytesCut: number
}

export type JobState =
  | { state: 'absent' }
  /** Asked for; no process has taken it yet. */
  | { state: 'starting' }
  | { state: 'running' }
  | { state: 'ended'; exit: Exit }
  /** Its process is gone and left no result. */
  | { state: 'lost' }

export type LogSlice = { bytes: Buffer; sizeBytes: number }

/**
 * A place where attempts run, on their own: they outlive the server. All calls may be repeated, and a job that was asked to stop
 * tells its end only when it has come. `executor.conformance.ts` holds these promises; each executor runs it.
 */
export type Executor = {
  /** The folder of an attempt: outputs are found in its `outputs`. */
  folderOf(id: string): string
  start(job: Job): Promise<void>
  poll(id: string): Promise<JobState>
  /** Ends the process and its children, or sees to it that it never starts. */
  cancel(id: string): Promise<void>
  /** Ids of all jobs that are there: what a new server finds. */
  adopt(): Promise<string[]>
  /** Calls when a job seems to have ended. It may be silent: a hint that saves waiting for the next poll. */
  onEnd(listener: (id: string) => void): void
  readLog(id: string, range: { offset: number; limit: number }): Promise<LogSlice>
  /** Forgets an ended job and its folder. */
  remove(id: string): Promise<void>
}
