import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { lstat, readdir, readFile } from 'node:fs/promises'
import { basename, join, relative, resolve, sep } from 'node:path'
import { promisify } from 'node:util'
import { treeBytes, type TreeEntry } from '../src/kernel/blobs/tree.ts'
import type { Call } from '../src/kernel/client.ts'
import { AppError } from '../src/kernel/errors.ts'
import { kernelRoutes } from '../src/kernel/routes.contract.ts'

type Content = Map<string, Uint8Array>

const digestOf = (content: Uint8Array) => `sha256:${createHash('sha256').update(content).digest('hex')}`
const isKept = (name: string) =>
  !['__pycache__', 'node_modules', '.venv', '.git', '.DS_Store'].includes(name) && !name.endsWith('.pyc')

const add = (content: Content, bytes: Uint8Array) => {
  const digest = digestOf(bytes)
  content.set(digest, bytes)
  return { digest, sizeBytes: bytes.byteLength }
}

const entryOf = async (content: Content, path: string): Promise<TreeEntry> => {
  const name = basename(path)
  const found = await lstat(path)
  if (found.isFile()) return { name, kind: 'file', ...add(content, await readFile(path)) }
  if (!found.isDirectory())
    throw new AppError('invalid', `${path} is neither a file nor a folder.`, {
      hint: 'Replace links by what they point to.',
    })
  return {
    name,
    kind: 'tree',
    ...(await folderOf(
      content,
      (await readdir(path)).filter(isKept).map((child) => join(path, child)),
    )),
  }
}

const folderOf = async (content: Content, paths: readonly string[]) => {
  const entries: TreeEntry[] = []
  for (const path of paths) entries.push(await entryOf(content, path))
  const { digest } = add(content, Buffer.from(treeBytes(entries)))
  return { digest, sizeBytes: entries.reduce((sum, entry) => sum + entry.sizeBytes, 0) }
}

/** The named files and folders of a project as one tree of blobs, in memory: code is small. */
export const snapshotOf = async (
  folder: string,
  code: readonly string[],
): Promise<{ tree: string; content: Content }> => {
  const content: Content = new Map()
  const paths = code.map((one) => {
    const path = resolve(folder, one)
    const inside = relative(folder, path)
    if (inside === '' || inside.startsWith('..') || inside.includes(sep))
      throw new AppError(
        'invalid',
        `code: ${JSON.stringify(one)} must name a file or folder right inside the project.`,
      )
    return path
  })
  for (const path of paths)
    if (!(await lstat(path).catch(() => undefined)))
      throw new AppError('invalid', `code names ${relative(folder, path)}, which does not exist.`, {
        hint: 'Mend `code:` in esteira.yaml, or make the file.',
      })
  const { digest } = await folderOf(content, paths)
  return { tree: digest, content }
}

/** Uploads what the server does not have yet. */
export const upload = async (call: Call, content: Content): Promise<void> => {
  const { missing } = await call(kernelRoutes.hasBlobs, { digests: [...content.keys()] })
  for (const digest of missing) {
    const body = content.get(digest)
    if (body) await call(kernelRoutes.putBlob, { digest, body })
  }
}

const git = async (folder: string, ...words: string[]) =>
  (await promisify(execFile)('git', ['-C', folder, ...words]).catch(() => undefined))?.stdout.trim()

/** Which commit of the code repository the folder is of, where it is in one. */
export const sourceOf = async (folder: string) => {
  const commit = await git(folder, 'rev-parse', 'HEAD')
  if (commit === undefined || commit === '') return undefined
  const branch = await git(folder, 'rev-parse', '--abbrev-ref', 'HEAD')
  const changed = await git(folder, 'status', '--porcelain', '--', '.')
  return { commit, ...(branch === undefined ? {} : { branch }), isDirty: (changed ?? '') !== '' }
}
