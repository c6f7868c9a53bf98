import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Blobs } from '../kernel/blobs/blobs.ts'
import { folderBlobs } from '../kernel/blobs/folder.ts'
import { treeFiles, treeOf } from '../kernel/blobs/tree.ts'
import { scratchFolder } from '../testing.ts'
import type { FileDiff } from './contract.ts'
import { diffTrees, editTree, type FileChange } from './folder.ts'

const digest = (n: number) => `sha256:${String(n).padStart(64, '0')}`

const segment = fc.constantFrom('a', 'b', 'c')
const path = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'))
const content = fc.integer({ min: 0, max: 3 })

type State = Map<string, number>

/** A null takes away one of the files that are there, and changes fit the state: what they do to it in a plain map is what they must do to folders. */
const fits = (state: State, wanted: [string, number | null][]): FileChange[] => {
  const changes = new Map<string, FileChange>()
  const isFree = (path: string, taken: Iterable<string>) =>
    [...taken].every(
      (other) => other === path || (!other.startsWith(`${path}/`) && !path.startsWith(`${other}/`)),
    )
  for (const [named, value] of wanted) {
    const present = [...state.keys()]
    const path = value === null ? (present[named.length % Math.max(1, present.length)] ?? named) : named
    if (!isFree(path, changes.keys()) || changes.has(path)) continue
    if (value === null ? state.has(path) : isFree(path, state.keys()))
      changes.set(
        path,
        value === null ? { path, remove: true } : { path, digest: digest(value), sizeBytes: value },
      )
  }
  return [...changes.values()]
}

const apply = (state: State, changes: readonly FileChange[]): State => {
  const next = new Map(state)
  for (const change of changes)
    if (change.remove) next.delete(change.path)
    else next.set(change.path, change.sizeBytes)
  return next
}

const collect = async (diff: AsyncIterable<FileDiff>) => {
  const found: FileDiff[] = []
  for await (const one of diff) found.push(one)
  return found
}

const expectedDiff = (before: State, after: State): Record<string, string> => {
  const result: Record<string, string> = {}
  for (const [path, value] of before)
    if (!after.has(path)) result[path] = 'removed'
    else if (after.get(path) !== value) result[path] = 'changed'
  for (const path of after.keys()) if (!before.has(path)) result[path] = 'added'
  return result
}

test('folders follow a plain map of paths through any history of changes', async (t) => {
  const blobs = await folderBlobs(await scratchFolder(t))
  const history = fc.array(
    fc.array(fc.tuple(path, fc.option(content, { freq: 2 })), { minLength: 1, maxLength: 5 }),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  await fc.assert(
    fc.asyncProperty(history, async (steps) => {
      let state: State = new Map()
      let tree: string | undefined
      for (const wanted of steps) {
        const changes = fits(state, wanted)
        const next = apply(state, changes)
        const edited = await editTree(blobs, tree, changes)
        const listed = (await treeFiles(blobs, edited.digest)).map(({ path, digest, sizeBytes }) => ({
          path,
          digest,
          sizeBytes,
        }))
        assert.deepEqual(new Map(listed.map(({ path, sizeBytes }) => [path, sizeBytes])), next)
        assert.equal(
          edited.digest,
          (await treeOf(blobs, listed)).digest,
          'the same files give the same folder',
        )
        const difference = await collect(diffTrees(blobs, { before: tree, after: edited.digest }))
        assert.deepEqual(
          Object.fromEntries(difference.map(({ path, action }) => [path, action])),
          expectedDiff(state, next),
        )
        for (const [place, { path }] of difference.entries())
          assert.deepEqual(
            await collect(diffTrees(blobs, { before: tree, after: edited.digest }, path)),
            difference.slice(place + 1),
            'a listing goes on behind any of its paths',
          )
        state = next
        tree = edited.digest
      }
    }),
    { numRuns: 100 },
  )
})

test('a change of one file reads and writes the folders on its path only', async (t) => {
  const blobs = await folderBlobs(await scratchFolder(t))
  const files = Array.from({ length: 20 }, (_, i) =>
    Array.from({ length: 20 }, (_, j) => ({
      path: `d${i}/e${j}/f.txt`,
      digest: digest(i * 20 + j),
      sizeBytes: 1,
    })),
  ).flat()
  const { digest: tree } = await treeOf(blobs, files)
  let [reads, writes] = [0, 0]
  const counting: Blobs = {
    ...blobs,
    read: (digest) => {
      reads += 1
      return blobs.read(digest)
    },
    put: (source) => {
      writes += 1
      return blobs.put(source)
    },
  }
  const edited = await editTree(counting, tree, [{ path: 'd3/e4/f.txt', digest: digest(999), sizeBytes: 2 }])
  assert.deepEqual([reads, writes], [3, 3])
  reads = 0
  assert.equal((await collect(diffTrees(counting, { before: tree, after: edited.digest }))).length, 1)
  assert.equal(reads, 6)
})
