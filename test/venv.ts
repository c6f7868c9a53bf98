import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { isAppError } from '../src/kernel/errors.ts'
import { type BuiltEnvironment, pythonEnvironments } from '../src/pipelines/environments/environments.ts'

/** Environments of tests outlive them: they are found again by the digest of their locks. */
const cache = join(tmpdir(), 'esteira-test-environments')

/**
 * The environment of some hashed locks, built as those of pipelines are; undefined, with a skipped test that says so loudly, only where there is no Python.
 * Each name has a folder, and a uv, of its own: test files run side by side, and two that bring uv to one place would be in each other's way.
 */
export const testEnvironment = async (
  t: TestContext,
  { name, locks }: { name: string; locks: readonly string[] },
): Promise<BuiltEnvironment | undefined> => {
  try {
    const lock = Buffer.concat(await Promise.all(locks.map((path) => readFile(path))))
    return await pythonEnvironments(join(cache, name)).ensure({ name, lock, python: '>=3.10' })
  } catch (error) {
    if (!isAppError(error) || !error.message.startsWith('This machine has no Python')) throw error
    t.skip(`${name.toUpperCase()} WAS NOT TESTED: ${error.message} ${error.hint ?? ''}`)
    return undefined
  }
}

export type Ended = { code: number | null; output: string; stdout: string; stderr: string }

type Place = { cwd: string; env?: Record<string, string | undefined> }

/** Runs a program to its end and gives what it wrote. */
export const runToEnd = (argv: readonly string[], { cwd, env = {} }: Place): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const [program = '', ...rest] = argv
    const child = spawn(program, rest, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const ended: Ended = { code: null, output: '', stdout: '', stderr: '' }
    const take = (stream: 'stdout' | 'stderr') => (text: string) => {
      ended[stream] += text
      ended.output += text
    }
    child.stdout.setEncoding('utf8').on('data', take('stdout'))
    child.stderr.setEncoding('utf8').on('data', take('stderr'))
    child.once('error', reject)
    child.once('close', (code) => resolve({ ...ended, code }))
  })
