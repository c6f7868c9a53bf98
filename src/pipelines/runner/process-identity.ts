import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { ProcessIdentity } from './job-folder.ts'

const fieldsOf = (path: string): string[] | undefined => {
  try {
    const text = readFileSync(path, 'utf8')
    // The second field is the program's name in brackets and may hold blanks.
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}

/** When a process began, in words that only have to differ between two processes of one number; undefined when there is none. */
const bornAt = (pid: number): string | undefined => {
  if (process.platform !== 'linux') {
    const told = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' })
    return told.stdout.trim() || undefined
  }
  const fields = fieldsOf(`/proc/${pid}/stat`)
  const [state, started] = [fields?.[0], fields?.[19]]
  if (started === undefined || state === 'Z' || state === 'X') return undefined
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${started}`
}

export const identify = (pid: number): ProcessIdentity => ({ pid, born: bornAt(pid) ?? 'gone' })

export const isAlive = ({ pid, born }: ProcessIdentity): boolean => bornAt(pid) === born

/** Processor time of all children that this process waited for, theirs included. Linux counts in hundredths of a second. */
export const childrenCpuMs = (): number | null => {
  const fields = process.platform === 'linux' ? fieldsOf('/proc/self/stat') : undefined
  return fields ? (Number(fields[13]) + Number(fields[14])) * 10 : null
}

/** The most memory that a running process ever held. */
export const peakMemoryBytes = (pid: number): number | null => {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return kilobytes === undefined ? null : Number(kilobytes) * 1024
  } catch {
    return null
  }
}
