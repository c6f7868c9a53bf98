import type { Blobs } from '../kernel/blobs/blobs.ts'
import { loadTree, treeBytes, type TreeEntry } from '../kernel/blobs/tree.ts'
import { AppError, type Problem } from '../kernel/errors.ts'
import type { FileDiff } from './contract.ts'
import { atMost } from './limit.ts'

export type FileChange =
  | { path: string; digest: string; sizeBytes: number; remove?: undefined }
  | { path: string; remove: true }

type Leaf = { change: FileChange }
type Node = { children: Map<string, Node | Leaf> }

const isLeaf = (node: Node | Leaf): node is Leaf => 'change' in node

const clash = (path: string): Problem => ({
  path,
  message: `${path} is named twice, or as a file and as a folder.`,
})

/** Changes as a tree of the folders they touch; two changes that cannot both hold are problems. */
const plan = (changes: readonly FileChange[], problems: Problem[]): Node => {
  const root: Node = { children: new Map() }
  for (const change of changes) {
    const segments = change.path.split('/')
    const name = segments.pop() ?? change.path
    let node: Node | undefined = root
    for (const segment of segments) {
      const next: Node | Leaf = node.children.get(segment) ?? { children: new Map() }
      if (isLeaf(next)) {
        node = undefined
        break
      }
      node.children.set(segment, next)
      node = next
    }
    if (!node || node.children.has(name)) problems.push(clash(change.path))
    else node.children.set(name, { change })
  }
  return root
}

const checkLeaf = ({ change }: Leaf, existing: TreeEntry | undefined): Problem | undefined => {
  const { path } = change
  if (change.remove)
    return existing ? undefined : { path, message: `${path} cannot be removed: it is not there.` }
  return existing?.kind === 'tree' ? { path, message: `${path} is a folder there.` } : undefined
}

const applyLeaf = (entries: Map<string, TreeEntry>, { change }: Leaf, name: string): void => {
  if (change.remove) entries.delete(name)
  else entries.set(name, { name, kind: 'file', digest: change.digest, sizeBytes: change.sizeBytes })
}

const refuse = (problems: readonly Problem[]): void => {
  const sorted = problems.toSorted((a, b) => ((a.path ?? '') < (b.path ?? '') ? -1 : 1))
  const [first] = sorted
  if (!first) return
  const others = problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''
  throw new AppError('conflict', `The commit does not fit: ${first.message}${others}`, {
    problems: sorted.slice(0, 100),
    hint: 'Nothing was changed. Look at the branch as it is now and commit again.',
  })
}

type Edited = { digest: string; sizeBytes: number }

/** Writing a folder costs an fsync, mostly waiting: so many wait side by side. */
const writesAtOnce = 16

/**
 * Applies changes to a stored folder. Only the folders on the changed paths are read and written, so the cost follows the
 * change and not the size. Removing a folder removes what is in it; folders that end up empty go. Refuses with all problems.
 */
export const editTree = async (
  blobs: Blobs,
  base: string | undefined,
  changes: readonly FileChange[],
): Promise<Edited> => {
  const problems: Problem[] = []
  const root = plan(changes, problems)
  const limited = atMost(writesAtOnce)

  const store = async (entries: readonly TreeEntry[]): Promise<Edited> => ({
    digest: (await limited(() => blobs.put(treeBytes(entries)))).digest,
    sizeBytes: entries.reduce((sum, entry) => sum + entry.sizeBytes, 0),
  })
  const editChild = async (
    entries: Map<string, TreeEntry>,
    name: string,
    child: { node: Node; path: string },
  ) => {
    const existing = entries.get(name)
    if (existing?.kind === 'file') {
      problems.push({ path: child.path, message: `${child.path} is a file there.` })
      return
    }
    const edited = await edit(existing?.digest, child.node, `${child.path}/`)
    if (edited) entries.set(name, { name, kind: 'tree', ...edited })
    else entries.delete(name)
  }
  const edit = async (
    digest: string | undefined,
    node: Node,
    prefix: string,
  ): Promise<Edited | undefined> => {
    const loaded = digest === undefined ? [] : await limited(() => loadTree(blobs, digest))
    const entries = new Map(loaded.map((entry) => [entry.name, entry]))
    const folders: Promise<void>[] = []
    for (const [name, child] of node.children) {
      if (!isLeaf(child)) {
        folders.push(editChild(entries, name, { node: child, path: `${prefix}${name}` }))
        continue
      }
      const problem = checkLeaf(child, entries.get(name))
      if (problem) problems.push(problem)
      else applyLeaf(entries, child, name)
    }
    await Promise.all(folders)
    return entries.size === 0 || problems.length > 0 ? undefined : store([...entries.values()])
  }

  const edited = await edit(base, root, '')
  refuse(problems)
  return edited ?? store([])
}

const entriesOf = async (blobs: Blobs, entry: TreeEntry | undefined): Promise<Map<string, TreeEntry>> =>
  new Map(
    (entry?.kind === 'tree' ? await loadTree(blobs, entry.digest) : []).map((entry) => [entry.name, entry]),
  )

const fileOf = (entry: TreeEntry | undefined) =>
  entry?.kind === 'file' ? { digest: entry.digest, sizeBytes: entry.sizeBytes } : undefined

const fileDiff = (
  path: string,
  before: TreeEntry | undefined,
  after: TreeEntry | undefined,
): FileDiff | undefined => {
  const [from, to] = [fileOf(before), fileOf(after)]
  if (from && to)
    return from.digest === to.digest ? undefined : { path, action: 'changed', before: from, after: to }
  if (to) return { path, action: 'added', after: to }
  return from && { path, action: 'removed', before: from }
}

async function* diffEntries(
  blobs: Blobs,
  pair: { before: TreeEntry | undefined; after: TreeEntry | undefined; prefix: string },
  after: readonly string[],
): AsyncGenerator<FileDiff> {
  const [left, right] = [await entriesOf(blobs, pair.before), await entriesOf(blobs, pair.after)]
  const [resumeAt, ...rest] = after
  const names = [...new Set([...left.keys(), ...right.keys()])].filter(
    (name) => resumeAt === undefined || name >= resumeAt,
  )
  for (const name of names.sort()) {
    const [before, next] = [left.get(name), right.get(name)]
    if (before?.digest === next?.digest && before?.kind === next?.kind) continue
    const path = `${pair.prefix}${name}`
    const difference = name === resumeAt ? undefined : fileDiff(path, before, next)
    if (difference) yield difference
    if (before?.kind === 'tree' || next?.kind === 'tree')
      yield* diffEntries(blobs, { before, after: next, prefix: `${path}/` }, name === resumeAt ? rest : [])
  }
}

const rootEntry = (digest: string | undefined): TreeEntry | undefined =>
  digest === undefined ? undefined : { name: '', kind: 'tree', digest, sizeBytes: 0 }

/**
 * The files that differ between two stored folders, in the order of a walk by name. Folders with equal digests are not
 * opened. `after` resumes behind a path without reading what lies before it.
 */
export const diffTrees = (
  blobs: Blobs,
  pair: { before: string | undefined; after: string | undefined },
  after = '',
): AsyncGenerator<FileDiff> =>
  pair.before === pair.after
    ? (async function* () {})()
    : diffEntries(
        blobs,
        { before: rootEntry(pair.before), after: rootEntry(pair.after), prefix: '' },
        after === '' ? [] : after.split('/'),
      )

/** The entry at a path of a stored folder, or undefined. The empty path is the folder itself. */
export const entryAt = async (blobs: Blobs, tree: string, path: string): Promise<TreeEntry | undefined> => {
  let entry = rootEntry(tree)
  for (const segment of path === '' ? [] : path.split('/'))
    entry = (await entriesOf(blobs, entry)).get(segment)
  return entry
}
