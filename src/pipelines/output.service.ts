import { loadTree } from '../kernel/blobs/tree.ts'
import { AppError } from '../kernel/errors.ts'
import type { BytesReply } from '../kernel/http/mount.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { findStepRows } from './run.store.ts'
import { outputsIn } from './views.ts'

export type OutputRequest = { run: string; step: string; output: string; path?: string | undefined }

/** The entry at a path of a stored folder: names are looked up, never joined to a path of the machine. */
const entryAt = async (kernel: Kernel, tree: string, path: string) => {
  let entries = await loadTree(kernel.blobs, tree)
  const segments = path.split('/').filter((segment) => segment !== '')
  for (const [index, segment] of segments.entries()) {
    const entry = entries.find(({ name }) => name === segment)
    if (!entry) return undefined
    if (index === segments.length - 1) return entry
    if (entry.kind !== 'tree') return undefined
    entries = await loadTree(kernel.blobs, entry.digest)
  }
  return undefined
}

const send = async (
  { blobs }: Kernel,
  digest: string,
  shown: { type: string; fileName?: string },
): Promise<BytesReply> => {
  const { sizeBytes } = (await blobs.stat(digest)) ?? { sizeBytes: 0 }
  return { stream: await blobs.get(digest), sizeBytes, ...shown }
}

/** The bytes of an output: of a folder, the file at `path`, or without one the list of what is in it. */
export const readOutput = async (
  kernel: Kernel,
  { run, step, output, path }: OutputRequest,
): Promise<BytesReply> => {
  const row = (await findStepRows(kernel.db, [run])).find(({ name }) => name === step)
  const artifact = row && outputsIn(row)[output]
  if (!artifact) throw new AppError('not_found', `Step ${step} of run ${run} has no output ${output}.`)
  if (artifact.kind === 'json') return send(kernel, artifact.digest, { type: 'application/json' })
  if (artifact.kind === 'file')
    return send(kernel, artifact.digest, { type: 'application/octet-stream', fileName: output })
  if (path === undefined || path === '') return send(kernel, artifact.digest, { type: 'application/json' })
  const entry = await entryAt(kernel, artifact.digest, path)
  if (!entry)
    throw new AppError('not_found', `Output ${output} of step ${step} has no file ${path}.`, {
      hint: 'Without `path` the answer lists what is in it.',
    })
  if (entry.kind === 'tree') return send(kernel, entry.digest, { type: 'application/json' })
  return send(kernel, entry.digest, { type: 'application/octet-stream', fileName: entry.name })
}
