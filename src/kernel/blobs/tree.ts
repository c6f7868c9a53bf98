import { createReadStream } from 'node:fs'
import { lstat, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../errors.ts'
import type { Blobs } from './blobs.ts'

export type TreeEntry = { name: string; kind: 'file' | 'tree'; digest: string; sizeBytes: number }
export type TreeFile = { path: string; digest: string; sizeBytes: number }
export type Tree = { digest: string; sizeBytes: number; files: number }

const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)

/** The canonical bytes of a folder: entries sorted by name (UTF-16 order), fixed key order, no white space. */
export const treeBytes = (entries: readonly TreeEntry[]): string =>
  JSON.stringify({
    entries: [...entries]
      .sort(byName)
      .map(({ name, kind, digest, sizeBytes }) => ({ name, kind, digest, sizeBytes })),
  })

/** The entries of a stored folder. */
export const loadTree = async (blobs: Blobs, digest: string): Promise<TreeEntry[]> => {
  const parsed: unknown = JSON.parse((await blobs.read(digest)).toString('utf8'))
  if (
    typeof parsed !== 'object' ||
    parsed === null ||
    !('entries' in parsed) ||
    !Array.isArray(parsed.entries)
  )
    throw new AppError('invalid', `${digest} is not a folder.`)
  return parsed.entries as TreeEntry[]
}

const isKept = (name: string) => name !== '__pycache__' && name !== '.DS_Store'

/** Stores a local folder as blobs, bottom up. Symbolic links and special files are refused, by name. */
export const storeTree = async (blobs: Blobs, folder: string): Promise<Tree> => {
  const entries: TreeEntry[] = []
  let files = 0
  for (const name of (await readdir(folder)).filter(isKept)) {
    const path = join(folder, name)
    const found = await lstat(path)
    if (found.isDirectory()) {
      const tree = await storeTree(blobs, path)
      files += tree.files
      entries.push({ name, kind: 'tree', digest: tree.digest, sizeBytes: tree.sizeBytes })
    } else if (found.isFile()) {
      files += 1
      entries.push({ name, kind: 'file', ...(await blobs.put(createReadStream(path))) })
    } else
      throw new AppError('invalid', `${path} is neither a file nor a folder.`, {
        hint: 'Replace links by what they point to.',
      })
  }
  const { digest } = await blobs.put(treeBytes(entries))
  return { digest, files, sizeBytes: entries.reduce((sum, entry) => sum + entry.sizeBytes, 0) }
}

/** All files below a stored folder, with their paths, in order. */
export const treeFiles = async (blobs: Blobs, digest: string, prefix = ''): Promise<TreeFile[]> => {
  const files: TreeFile[] = []
  for (const entry of await loadTree(blobs, digest)) {
    const path = `${prefix}${entry.name}`
    if (entry.kind === 'tree') files.push(...(await treeFiles(blobs, entry.digest, `${path}/`)))
    else files.push({ path, digest: entry.digest, sizeBytes: entry.sizeBytes })
  }
  return files
}

/** Lays a stored folder out at a local path that must not exist yet. */
export const materialiseTree = async (blobs: Blobs, digest: string, folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true })
  for (const entry of await loadTree(blobs, digest)) {
    const path = join(folder, entry.name)
    if (entry.kind === 'tree') await materialiseTree(blobs, entry.digest, path)
    else await blobs.materialise(entry.digest, path)
  }
}

type Node = Map<string, Node | { digest: string; sizeBytes: number }>

const storeNode = async (blobs: Blobs, node: Node): Promise<Tree> => {
  const entries: TreeEntry[] = []
  let files = 0
  for (const [name, child] of node) {
    if (child instanceof Map) {
      const tree = await storeNode(blobs, child)
      files += tree.files
      entries.push({ name, kind: 'tree', digest: tree.digest, sizeBytes: tree.sizeBytes })
    } else {
      files += 1
      entries.push({ name, kind: 'file', ...child })
    }
  }
  const { digest } = await blobs.put(treeBytes(entries))
  return { digest, files, sizeBytes: entries.reduce((sum, entry) => sum + entry.sizeBytes, 0) }
}

/** Makes a tree of blobs that are stored already, from their paths. */
export const treeOf = async (blobs: Blobs, files: readonly TreeFile[]): Promise<Tree> => {
  const root: Node = new Map()
  for (const { path, digest, sizeBytes } of files) {
    const segments = path.split('/')
    let node = root
    for (const segment of segments.slice(0, -1)) {
      const next = node.get(segment) ?? new Map()
      if (!(next instanceof Map))
        throw new AppError('invalid', `${path}: ${segment} is a file and a folder at once.`)
      node.set(segment, next)
      node = next
    }
    node.set(segments.at(-1) ?? path, { digest, sizeBytes })
  }
  return storeNode(blobs, root)
}
