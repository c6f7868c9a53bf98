import { createHash, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, open, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError, messageOf } from '../../kernel/errors.ts'
import { readWhole, writeWhole } from '../runner/job-folder.ts'
import { runProgram } from './program.ts'
import { findPython, type Python } from './python.ts'
import { findUv } from './uv.ts'

type EnvironmentSpec = { name: string; lock: Buffer; python: string | null }

/** A built environment: `bin` goes to the front of PATH. */
export type BuiltEnvironment = { folder: string; bin: string }

export type Environments = {
  /** The environment of a lock, built if it is not there. Throws `unavailable`: no Python, no uv, or a lock that cannot be installed. */
  ensure(spec: EnvironmentSpec): Promise<BuiltEnvironment>
  /** What the build says so far; undefined when none goes on. */
  building(spec: Pick<EnvironmentSpec, 'lock' | 'python'>): Promise<string | undefined>
}

type Ready = { folder: string }

const anyPython = '>=3.10'
const readyFile = 'ready.json'

const keyOf = ({ lock, python }: Pick<EnvironmentSpec, 'lock' | 'python'>, version: string) =>
  createHash('sha256')
    .update(JSON.stringify([version, python, process.platform, process.arch]))
    .update(lock)
    .digest('hex')

const tailOf = async (path: string, bytes: number) => {
  const file = await open(path).catch(() => undefined)
  if (!file) return ''
  try {
    const { size } = await file.stat()
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, Math.max(0, size - bytes))
    return buffer.subarray(0, bytesRead).toString('utf8')
  } finally {
    await file.close()
  }
}

type Build = { spec: EnvironmentSpec; python: Python; place: string; tools: string }

const build = async ({ spec, python, place, tools }: Build): Promise<BuiltEnvironment> => {
  const log = `${place}.log`
  const folder = join(place, randomUUID())
  await mkdir(place, { recursive: true })
  await writeFile(log, '')
  const lock = join(place, 'requirements.lock')
  await writeFile(lock, spec.lock)
  try {
    const uv = await findUv(tools, python, log)
    const interpreter = join(folder, 'bin', 'python')
    await runProgram([uv, 'venv', '--python', python.path, folder], { log })
    // sync installs what the lock names and nothing else: a lock may leave out what a package only says it needs.
    await runProgram(
      [
        uv,
        'pip',
        'sync',
        '--python',
        interpreter,
        '--require-hashes',
        '--allow-empty-requirements',
        '--compile-bytecode',
        lock,
      ],
      { log },
    )
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    if (error instanceof AppError && error.code === 'unavailable') throw error
    throw new AppError(
      'unavailable',
      `The environment ${spec.name} could not be built. ${messageOf(error)}`,
      {
        hint: `Make the lock anew with «uv pip compile --generate-hashes» and apply. The whole log: ${log}`,
        cause: error,
      },
    )
  }
  writeWhole(place, readyFile, { folder } satisfies Ready)
  for (const name of await readdir(place))
    if (/^[0-9a-f-]{36}$/.test(name) && join(place, name) !== folder)
      await rm(join(place, name), { recursive: true, force: true })
  return { folder, bin: join(folder, 'bin') }
}

const ready = (place: string): BuiltEnvironment | undefined => {
  const known = readWhole(place, readyFile) as Ready | undefined
  return known && existsSync(join(known.folder, 'bin', 'python'))
    ? { folder: known.folder, bin: join(known.folder, 'bin') }
    : undefined
}

/**
 * Python environments by the digest of lock and Python, each built once. A build goes to a folder of its own name and counts only when
 * `ready.json` points to it: builders that know nothing of each other, or are killed, can do no harm. (An environment cannot be moved
 * once it is built, so the usual «build beside and rename» is not open.)
 */
export const pythonEnvironments = (home: string): Environments => {
  const root = join(home, 'environments')
  const tools = join(home, 'tools')
  const builds = new Map<string, Promise<BuiltEnvironment>>()
  const logs = new Map<string, string>()
  const pythons = new Map<string, Promise<Python>>()

  const pythonFor = (rule: string) => {
    const known = pythons.get(rule) ?? findPython(rule)
    pythons.set(rule, known)
    // One that is installed later must be found without a restart.
    known.catch(() => pythons.delete(rule))
    return known
  }

  const describe = (spec: Pick<EnvironmentSpec, 'lock' | 'python'>) => keyOf(spec, '')

  return {
    async ensure(spec) {
      const python = await pythonFor(spec.python ?? anyPython)
      const place = join(root, keyOf(spec, python.version))
      const built = ready(place)
      if (built) return built
      const going = builds.get(place) ?? build({ spec, python, place, tools })
      builds.set(place, going)
      logs.set(describe(spec), `${place}.log`)
      try {
        return await going
      } finally {
        builds.delete(place)
        logs.delete(describe(spec))
      }
    },
    async building(spec) {
      const log = logs.get(describe(spec))
      return log === undefined ? undefined : tailOf(log, 16_384)
    },
  }
}

/** A lock must name what it wants by hash, else the same lock could install other bytes: gives the first line that does not. */
export const unhashedLine = (lock: string): string | undefined =>
  lock
    .replaceAll(/\\\r?\n/g, ' ')
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .find((line) => line !== '' && !line.startsWith('-') && !line.includes('--hash=sha256:'))
    ?.split(/[\s;]/)[0]
