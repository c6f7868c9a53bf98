import { glob, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, delimiter, join } from 'node:path'
import { type BuiltEnvironment, pythonEnvironments } from '../src/pipelines/environments/environments.ts'
import type { Command } from './processes.ts'

export const peersFolder = join(import.meta.dirname, 'peers')

/** Where the operating system keeps what can be made again: environments of peers are built once for all checkouts. */
const cacheFolder = (): string => {
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'esteira-bench')
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'esteira-bench')
}

const locks = { mlflow: 'mlflow.lock', fastapi: 'fastapi.lock', steps: 'steps.lock' } as const
type PeerLock = keyof typeof locks

const built = new Map<PeerLock, Promise<BuiltEnvironment>>()

/** The environment of peers, built from its hashed lock by the same code that builds those of steps. */
const peerEnvironment = (lock: PeerLock): Promise<BuiltEnvironment> => {
  const building =
    built.get(lock) ??
    readFile(join(peersFolder, locks[lock])).then((content) =>
      pythonEnvironments(cacheFolder()).ensure({ name: lock, lock: content, python: '>=3.10' }),
    )
  built.set(lock, building)
  return building
}

/** A program of a peer's environment, ready to start; nothing that peers would send home is sent. */
export const peerCommand = async (lock: PeerLock, argv: readonly string[]): Promise<Command> => {
  const { bin } = await peerEnvironment(lock)
  const [program = '', ...rest] = argv
  return {
    argv: [join(bin, program), ...rest],
    env: {
      PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`,
      // As on a user's machine: imports come from compiled files.
      PYTHONDONTWRITEBYTECODE: '',
      OMP_NUM_THREADS: '1',
      DO_NOT_TRACK: '1',
      MLFLOW_DISABLE_TELEMETRY: 'true',
      KEDRO_DISABLE_TELEMETRY: 'true',
    },
  }
}

/** The version of a package that is installed there; a lock may name several, for several Pythons. */
export const peerVersion = async (lock: PeerLock, packageName: string): Promise<string> => {
  const { folder } = await peerEnvironment(lock)
  const pattern = `lib/python*/site-packages/${packageName}-*.dist-info`
  for await (const path of glob(pattern, { cwd: folder }))
    return basename(path, '.dist-info').slice(packageName.length + 1)
  throw new Error(`${packageName} is not in the environment of ${locks[lock]}.`)
}
