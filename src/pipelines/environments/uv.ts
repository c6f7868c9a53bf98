import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError, messageOf } from '../../kernel/errors.ts'
import { runProgram } from './program.ts'
import type { Python } from './python.ts'

/** Newer ones may do as well; this one is what a machine without uv gets. */
const uvRequirement = 'uv>=0.5,<1'

const onPath = () => spawnSync('uv', ['--version'], { stdio: 'ignore' }).status === 0

const install = async (folder: string, python: Python, log: string): Promise<string> => {
  const place = join(folder, 'uv')
  const program = join(place, 'bin', 'uv')
  if (existsSync(program)) return program
  // Made beside and moved: a server that is killed meanwhile leaves no half of it. uv itself is one binary and may be moved.
  const temporary = `${place}.${process.pid}`
  await rm(temporary, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  try {
    await runProgram([python.path, '-m', 'venv', temporary], { log })
    await runProgram(
      [
        join(temporary, 'bin', 'python'),
        '-m',
        'pip',
        'install',
        '--disable-pip-version-check',
        uvRequirement,
      ],
      { log },
    )
    await rm(place, { recursive: true, force: true })
    await rename(temporary, place)
  } catch (error) {
    await rm(temporary, { recursive: true, force: true })
    throw new AppError(
      'unavailable',
      `uv, which builds Python environments, could not be installed. ${messageOf(error)}`,
      {
        hint: 'Install uv yourself (docs.astral.sh/uv) so that it is on PATH, or let pip reach its index.',
        cause: error,
      },
    )
  }
  return program
}

/** The uv on PATH, or one that is brought into the folder with pip. */
export const findUv = async (folder: string, python: Python, log: string): Promise<string> =>
  onPath() ? 'uv' : install(folder, python, log)
