import type { Principal } from '../kernel/auth/principal.ts'
import { type TreeEntry, loadTree } from '../kernel/blobs/tree.ts'
import { AppError } from '../kernel/errors.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { committing } from './committing.ts'
import {
  type Branch,
  branchCreated,
  branchDeleted,
  type Commit,
  type CommitDetail,
  type FileDiff,
  type Repository,
  repositoryCreated,
  type Tag,
  tagCreated,
  tagDeleted,
} from './contract.ts'
import { diffTrees, entryAt } from './folder.ts'
import { looksLikeCommit } from './path.ts'
import { profileOf } from './profile/report.ts'
import { type Place, refReader, repositoryReader } from './refs.ts'
import { commitStore, refStore, repositoryStore } from './store.ts'

type Paged = { limit?: number | undefined; after?: string | undefined }

const pageSize = 100
const detailCap = 1000

const actorOf = ({ kind, id, name }: Principal) => ({ kind, id, name })

const mustBeName = (name: string, noun: string) => {
  if (looksLikeCommit(name))
    throw new AppError('invalid', `A ${noun} cannot be called ${name}: it would read as a commit.`)
}

const take = async <T>(source: AsyncIterable<T>, limit: number): Promise<T[]> => {
  const taken: T[] = []
  for await (const item of source) if (taken.push(item) === limit) break
  return taken
}

const page = <T>(
  items: readonly T[],
  limit: number,
  cursor: (item: T) => string,
): { items: T[]; next?: string } => {
  const last = items[limit - 1]
  return items.length > limit && last !== undefined
    ? { items: items.slice(0, limit), next: cursor(last) }
    : { items: [...items] }
}

/** Branches and tags: names for commits. */
const namesService = (kernel: Kernel, resolve: ReturnType<typeof refReader>) => {
  const { clock, db, ledger, write } = kernel
  const about = ({ project, repository }: Place, actor: Principal) => ({
    project,
    subject: `repository/${repository}`,
    actor,
  })
  return {
    createBranch: async (
      request: Place & { name: string; from: string },
      actor: Principal,
    ): Promise<Branch> => {
      const { project, repository, name, from } = request
      mustBeName(name, 'branch')
      const { id: head } = await resolve(request, from)
      const now = clock.now()
      await write(async (tx) => {
        const refs = refStore(tx)
        if (await refs.branch({ project, repository, name }))
          throw new AppError('conflict', `Repository ${repository} has a branch ${name} already.`)
        await refs.putBranch({ project, repository, name }, head, now)
        const data = { repository, branch: name, head, from }
        await ledger.append(tx, { ...about(request, actor), event: branchCreated, data })
      })
      return { name, head, createdAt: now, updatedAt: now }
    },
    deleteBranch: async ({ project, repository, branch }: Place & { branch: string }, actor: Principal) => {
      if (branch === 'main')
        throw new AppError('conflict', 'The branch main cannot be deleted.', {
          hint: 'Every repository keeps it.',
        })
      await write(async (tx) => {
        const key = { project, repository, name: branch }
        const found = await refStore(tx).branch(key)
        if (!found) throw new AppError('not_found', `Repository ${repository} has no branch ${branch}.`)
        await refStore(tx).deleteBranch(key)
        const data = { repository, branch, head: found.head }
        await ledger.append(tx, { ...about(key, actor), event: branchDeleted, data })
      })
    },
    createTag: async (request: Place & { name: string; ref: string }, actor: Principal): Promise<Tag> => {
      const { project, repository, name, ref } = request
      mustBeName(name, 'tag')
      const { id: commit } = await resolve(request, ref)
      const tag = { name, commit, createdAt: clock.now(), createdBy: actorOf(actor) }
      await write(async (tx) => {
        if (await refStore(tx).tag({ project, repository, name }))
          throw new AppError(
            'conflict',
            `Repository ${repository} has a tag ${name} already; tags never move.`,
          )
        await refStore(tx).insertTag(request, tag)
        const data = { repository, tag: name, commit }
        await ledger.append(tx, { ...about(request, actor), event: tagCreated, data })
      })
      return tag
    },
    deleteTag: async ({ project, repository, tag }: Place & { tag: string }, actor: Principal) => {
      await write(async (tx) => {
        const key = { project, repository, name: tag }
        const found = await refStore(tx).tag(key)
        if (!found) throw new AppError('not_found', `Repository ${repository} has no tag ${tag}.`)
        await refStore(tx).deleteTag(key)
        const data = { repository, tag, commit: found.commit }
        await ledger.append(tx, { ...about(key, actor), event: tagDeleted, data })
      })
    },
    branches: async ({ project, repository }: Place): Promise<Branch[]> =>
      (await refStore(db).branches(project, repository)).map(({ name, head, createdAt, updatedAt }) => ({
        name,
        head,
        createdAt,
        updatedAt,
      })),
    tags: (place: Place): Promise<Tag[]> => refStore(db).tags(place),
  }
}

/** Reading: nothing here writes. */
const readingService = (kernel: Kernel, resolve: ReturnType<typeof refReader>) => {
  const { blobs, db } = kernel
  return {
    log: async (place: Place & { ref: string } & Paged): Promise<{ commits: Commit[]; next?: string }> => {
      const limit = place.limit ?? pageSize
      const start = await resolve(place, place.after ?? place.ref)
      // A page begins behind the last commit of the one before, so that one is read again and dropped.
      const found = await commitStore(db).log(start.id, limit + 2)
      const rest = place.after === undefined ? found : found.slice(1)
      const { items, ...more } = page(rest, limit, (commit) => commit.id)
      return { commits: items, ...more }
    },
    commit: async (place: Place & { ref: string }): Promise<CommitDetail> => {
      const commit = await resolve(place, place.ref)
      const [parent] = commit.parents
      const before = parent === undefined ? undefined : (await commitStore(db).find(parent))?.tree
      const changes = await take(diffTrees(blobs, { before, after: commit.tree }), detailCap)
      return { ...commit, changes, profile: await profileOf(db, commit, changes) }
    },
    diff: async (place: Place & { from: string; to: string } & Paged) => {
      const limit = place.limit ?? pageSize
      const [from, to] = [await resolve(place, place.from), await resolve(place, place.to)]
      const found = await take(
        diffTrees(blobs, { before: from.tree, after: to.tree }, place.after),
        limit + 1,
      )
      const { items, ...more } = page<FileDiff>(found, limit, ({ path }) => path)
      return { from: from.id, to: to.id, changes: items, ...more }
    },
    tree: async (place: Place & { ref: string; path: string } & Paged) => {
      const limit = place.limit ?? pageSize
      const commit = await resolve(place, place.ref)
      const folder = await entryAt(blobs, commit.tree, place.path.replace(/\/$/, ''))
      if (folder?.kind !== 'tree')
        throw new AppError(
          'not_found',
          `There is no folder ${place.path} in ${place.repository} at ${place.ref}.`,
        )
      const { after = '' } = place
      const entries = (await loadTree(blobs, folder.digest)).filter(({ name }) => name > after)
      const { items, ...more } = page<TreeEntry>(entries, limit, ({ name }) => name)
      return { commit: commit.id, tree: folder.digest, entries: items, ...more }
    },
    file: async (place: Place & { ref: string; path: string }): Promise<TreeEntry> => {
      const commit = await resolve(place, place.ref)
      const entry = await entryAt(blobs, commit.tree, place.path)
      if (entry?.kind === 'file') return entry
      throw new AppError(
        'not_found',
        `There is no file ${place.path} in ${place.repository} at ${place.ref}.`,
      )
    },
  }
}

export const dataService = (kernel: Kernel) => {
  const repositories = repositoryReader(kernel)
  const resolve = refReader(kernel, repositories)
  return {
    repositories,
    resolve,
    commitFiles: committing(kernel, repositories),
    ...namesService(kernel, resolve),
    ...readingService(kernel, resolve),
    createRepository: async (
      { project, name, description }: { project: string; name: string; description?: string | undefined },
      actor: Principal,
    ): Promise<Repository> => {
      const place = { project, repository: name }
      const taken = () => new AppError('conflict', `Project ${project} has a repository ${name} already.`)
      if (await repositories.find(place)) throw taken()
      const createdAt = kernel.clock.now()
      await kernel.write(async (tx) => {
        const row = { project, name, description: description ?? null, createdAt }
        if (!(await repositoryStore(tx).insert(row))) throw taken()
        const data = { repository: name }
        await kernel.ledger.append(tx, {
          event: repositoryCreated,
          project,
          subject: `repository/${name}`,
          data,
          actor,
        })
      })
      return { name, description: description ?? null, createdAt, branches: [] }
    },
  }
}
export type DataService = ReturnType<typeof dataService>
