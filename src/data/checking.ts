import type { Blobs } from '../kernel/blobs/blobs.ts'
import { AppError, type Problem } from '../kernel/errors.ts'
import { claimProblem } from './claims/check.ts'
import type { FileChange } from './folder.ts'
import { pathProblem } from './path.ts'

export type RequestedChange = { path: string; digest: string } | { path: string; remove: true }

const problemCap = 100
const together = 16

const refuse = (problems: readonly Problem[], hint: string): void => {
  const [first] = problems
  if (!first) return
  const others = problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''
  throw new AppError('invalid', `${first.message}${others}`, {
    problems: problems.slice(0, problemCap),
    hint,
  })
}

const checkOne = async (
  blobs: Blobs,
  change: RequestedChange,
): Promise<{ change?: FileChange; problem?: Problem }> => {
  const { path } = change
  if ('remove' in change) return { change: { path, remove: true } }
  const found = await blobs.stat(change.digest)
  if (!found)
    return { problem: { path, message: `The bytes of ${path} (${change.digest}) were not uploaded.` } }
  const file = { path, digest: change.digest, sizeBytes: found.sizeBytes }
  const problem = await claimProblem(blobs, file)
  return problem ? { problem } : { change: file }
}

/** Looks for everything that can be wrong with the files of a commit themselves, before anything is written. Throws all of it at once. */
export const checkChanges = async (
  blobs: Blobs,
  changes: readonly RequestedChange[],
): Promise<FileChange[]> => {
  const paths = changes.flatMap(({ path }) => {
    const message = pathProblem(path)
    return message === undefined ? [] : [{ path, message }]
  })
  refuse(
    paths,
    'Paths are relative, with slashes, for example history/2013-01.parquet. Nothing was committed.',
  )
  const files: FileChange[] = []
  const problems: Problem[] = []
  for (let from = 0; from < changes.length; from += together) {
    const batch = changes.slice(from, from + together)
    for (const { change, problem } of await Promise.all(batch.map((change) => checkOne(blobs, change)))) {
      if (problem) problems.push(problem)
      if (change) files.push(change)
    }
  }
  refuse(problems, 'Nothing was committed. Upload or mend the named files and commit again.')
  return files
}
