import { spawn } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Blobs } from '../../kernel/blobs/blobs.ts'
import { AppError } from '../../kernel/errors.ts'
import type { ViewDefinition } from '../view.ts'
import type { SnapshotReport, SnapshotTask } from './task.ts'

const program = fileURLToPath(new URL('./main.ts', import.meta.url))

const runProgram = async (task: SnapshotTask, signal: AbortSignal): Promise<SnapshotReport> => {
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'pipe'], signal })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  child.stdin.end(JSON.stringify(task))
  const [output, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  if (code === 0) return JSON.parse(output) as SnapshotReport
  throw new AppError('internal', `The snapshot program ended with ${code}: ${errors.slice(-1000)}`)
}

export type SnapshotRequest = { view: ViewDefinition; files: readonly { path: string; digest: string }[] }

/** Makes the snapshot of a view from stored files, in a process of its own. Throws `invalid` when the files do not fit the view. */
export const makeSnapshot = async (
  blobs: Blobs,
  { view, files }: SnapshotRequest,
  signal: AbortSignal,
): Promise<{ digest: string; rows: number }> => {
  const folder = await mkdtemp(join(tmpdir(), 'esteira-snapshot-'))
  try {
    const paths: string[] = []
    for (const [place, file] of files.entries()) {
      const path = join(folder, `${place}${extname(file.path)}`)
      await blobs.materialise(file.digest, path)
      paths.push(path)
    }
    const output = join(folder, 'snapshot.ndjson')
    const report = await runProgram({ view, files: paths, output }, signal)
    if ('problem' in report)
      throw new AppError('invalid', report.problem.message, { hint: report.problem.hint })
    return { digest: (await blobs.put(createReadStream(output))).digest, rows: report.rows }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
