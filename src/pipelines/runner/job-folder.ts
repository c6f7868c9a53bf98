import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'

/** Names of the files in a job's folder. Runner and executor meet only here. */
export const jobFiles = {
  job: 'job.json',
  /** Who runs the job. Made once, by whoever comes first. */
  claim: 'claim.json',
  process: 'process.json',
  cancel: 'cancel',
  log: 'log',
  exit: 'exit.json',
} as const

/** A process, told apart from a later one that got its number. */
export type ProcessIdentity = { pid: number; born: string }

export type Claim = { by: 'runner'; runner: ProcessIdentity } | { by: 'canceller' }

const writeBeside = (path: string, content: string): string => {
  const temporary = `${path}.${process.pid}.${process.hrtime.bigint()}`
  const file = openSync(temporary, 'wx', 0o600)
  try {
    writeSync(file, content)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  return temporary
}

/** A reader finds the whole file or none. */
export const writeWhole = (folder: string, name: string, value: unknown): void => {
  const path = join(folder, name)
  renameSync(writeBeside(path, JSON.stringify(value)), path)
}

/** Writes the file unless it is there: true for the one who did. A link is exclusive as O_EXCL is, and its content is whole from the start. */
export const writeFirst = (folder: string, name: string, value: unknown): boolean => {
  const path = join(folder, name)
  const temporary = writeBeside(path, JSON.stringify(value))
  try {
    linkSync(temporary, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(temporary, { force: true })
  }
}

/** The content of a file that `writeWhole` or `writeFirst` wrote, undefined while there is none. */
export const readWhole = (folder: string, name: string): unknown => {
  try {
    return JSON.parse(readFileSync(join(folder, name), 'utf8')) as unknown
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
