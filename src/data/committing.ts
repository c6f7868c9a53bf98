import type { Principal } from '../kernel/auth/principal.ts'
import type { Db, Tx } from '../kernel/db/tables.ts'
import { AppError } from '../kernel/errors.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { checkChanges, type RequestedChange } from './checking.ts'
import { commitId } from './commit.ts'
import { type Change, type Commit, commitCreated, repositoryCreated } from './contract.ts'
import { diffTrees, editTree, type FileChange } from './folder.ts'
import type { Place, RepositoryReader } from './refs.ts'
import { commitStore, refStore, repositoryStore } from './store.ts'
import { turns } from './turns.ts'

export type CommitRequest = Place & {
  branch?: string
  message: string
  changes: readonly RequestedChange[]
  /** The commit that the branch must still be at; null: it must have none yet. */
  expectedHead?: string | null
}
export type CommitResult = Commit & { created: boolean }

type Built = { commit: Commit; changes: Change[]; branch: string; actor: Principal }

const eventCap = 1000
/** Inside one server commits to a branch take turns; this many may be lost to other servers before giving up. */
const attempts = 20

const count = (changes: readonly Change[], action: Change['action']) =>
  changes.filter((change) => change.action === action).length

const mustMatch = (expected: string | null | undefined, head: string | undefined, branch: string): void => {
  if (expected === undefined || (head ?? null) === expected) return
  throw new AppError(
    'conflict',
    `Branch ${branch} is at ${head ?? 'no commit'}, not at ${expected ?? 'no commit'}.`,
    { hint: 'Somebody committed in between. Read the branch again, then commit on the new head.' },
  )
}

const headOf = async (db: Db, place: Place, branch: string): Promise<Commit | undefined> => {
  const found = await refStore(db).branch({ ...place, name: branch })
  if (found) return commitStore(db).find(found.head)
  // The first commit makes the branch main; every other branch is made from a commit.
  if (branch === 'main') return undefined
  throw new AppError('not_found', `Repository ${place.repository} has no branch ${branch}.`, {
    hint: 'Create the branch first, from a commit.',
  })
}

/** Writes the folders and makes the record of a commit on top of `head`. Nothing points to them yet. */
const build = async (
  { blobs, clock }: Pick<Kernel, 'blobs' | 'clock'>,
  request: CommitRequest & { files: readonly FileChange[]; actor: Principal },
  head: Commit | undefined,
): Promise<{ commit: Commit; changes: Change[] }> => {
  const { project, repository, message, actor } = request
  const tree = (await editTree(blobs, head?.tree, request.files)).digest
  const changes: Change[] = []
  for await (const { path, action } of diffTrees(blobs, { before: head?.tree, after: tree }))
    changes.push({ path, action })
  const author = { kind: actor.kind, id: actor.id, name: actor.name }
  const record = {
    project,
    repository,
    tree,
    parents: head ? [head.id] : [],
    author,
    message,
    at: clock.now(),
  }
  const counts = {
    added: count(changes, 'added'),
    changed: count(changes, 'changed'),
    removed: count(changes, 'removed'),
  }
  return { commit: { ...record, id: commitId(record), ...counts }, changes }
}

/** Moves the branch in one transaction, unless it is no longer where the commit was built: then false. */
const moveBranch = async (
  { ledger }: Pick<Kernel, 'ledger'>,
  tx: Tx,
  { commit, changes, branch, actor }: Built,
): Promise<boolean> => {
  const { id, project, repository, tree, message, at } = commit
  const place = { project, repository }
  const head = (await refStore(tx).branch({ ...place, name: branch }))?.head
  if (head !== commit.parents[0]) return false
  const about = { project, subject: `repository/${repository}`, actor }
  const made = { project, name: repository, description: null, createdAt: at }
  if (head === undefined && (await repositoryStore(tx).insert(made)))
    await ledger.append(tx, { ...about, event: repositoryCreated, data: { repository } })
  await commitStore(tx).insert(commit)
  await refStore(tx).putBranch({ ...place, name: branch }, id, at)
  const shown = { changes: changes.slice(0, eventCap), total: changes.length }
  await ledger.append(tx, {
    ...about,
    event: commitCreated,
    data: { repository, branch, commit: id, parent: head ?? null, tree, message, ...shown },
  })
  return true
}

/**
 * Puts changes on a branch in one step. Files are checked and folders written first; then the head moves in one transaction,
 * if it is still where this commit was built. Otherwise the changes are applied anew on the new head.
 */
export const committing = (kernel: Kernel, repositories: RepositoryReader) => {
  const inTurn = turns()

  const commitOnHead = async (request: CommitRequest, files: readonly FileChange[], actor: Principal) => {
    const { branch = 'main' } = request
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const head = await headOf(kernel.db, request, branch)
      mustMatch(request.expectedHead, head?.id, branch)
      const { commit, changes } = await build(kernel, { ...request, files, actor }, head)
      if (head && changes.length === 0) return { ...head, created: false }
      if (await kernel.write((tx) => moveBranch(kernel, tx, { commit, changes, branch, actor })))
        return { ...commit, created: true }
    }
    throw new AppError(
      'unavailable',
      `Branch ${branch} moved ${attempts} times while this commit was being made.`,
      {
        hint: 'Commit again, or gather small commits into larger ones.',
      },
    )
  }

  return async (request: CommitRequest, actor: Principal): Promise<CommitResult> => {
    await repositories.mustExist(request)
    const files = await checkChanges(kernel.blobs, request.changes)
    const key = `${request.project}/${request.repository}/${request.branch ?? 'main'}`
    return inTurn(key, () => commitOnHead(request, files, actor))
  }
}
