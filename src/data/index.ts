import type { Principal } from '../kernel/auth/principal.ts'
import { type TreeFile, treeFiles } from '../kernel/blobs/tree.ts'
import type { Http } from '../kernel/http/server.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { type CommitRequest, type CommitResult } from './committing.ts'
import { type Commit, commitCreated } from './contract.ts'
import { profileJob } from './profile/job.ts'
import { mountData } from './routes.ts'
import { dataService } from './service.ts'
import { commitStore } from './store.ts'

export { dataMigrations } from './migrations.ts'
export type { CommitRequest, CommitResult } from './committing.ts'

/** A ref, pinned: the commit it names now and the tree of that commit. */
export type Pinned = { repository: string; commit: string; tree: string }

const profilesEveryMs = 60_000

/** Versioned data: repositories, branches, commits, and what is known of the tables in them. */
export const dataRoom = (kernel: Kernel) => {
  const service = dataService(kernel)
  const profiles = profileJob(kernel)
  kernel.loop({
    name: 'data.profiles',
    everyMs: profilesEveryMs,
    on: [commitCreated.type],
    run: profiles.run,
  })

  return {
    /** The commit that a branch, a tag or a commit id (12 digits or more) names now. Throws `not_found`. */
    resolve: async (project: string, repository: string, ref = 'main'): Promise<Pinned> => {
      const { id, tree } = await service.resolve({ project, repository }, ref)
      return { repository, commit: id, tree }
    },
    /** The head of a branch, or undefined while the repository or the branch has no commit. */
    head: async (project: string, repository: string, branch = 'main'): Promise<Pinned | undefined> => {
      const found = (await service.branches({ project, repository })).find(({ name }) => name === branch)
      const commit = found && (await commitStore(kernel.db).find(found.head))
      return commit && { repository, commit: commit.id, tree: commit.tree }
    },
    /** All files below a tree, in the order of a walk by name. */
    files: (tree: string): Promise<TreeFile[]> => treeFiles(kernel.blobs, tree),
    /** Puts changes on a branch in one step; see the route createCommit for what is refused. */
    commit: (request: CommitRequest, actor: Principal): Promise<CommitResult> =>
      service.commitFiles(request, actor),
    /** The record of a commit by its full id. */
    commitRecord: (id: string): Promise<Commit | undefined> => commitStore(kernel.db).find(id),
    /** Does the project have this repository, declared or made? */
    has: async (project: string, repository: string): Promise<boolean> =>
      (await service.repositories.find({ project, repository })) !== undefined,
    mount: (http: Http): void => mountData(http, kernel, service),
    stop: async (): Promise<void> => profiles.stop(),
  }
}
export type DataRoom = ReturnType<typeof dataRoom>
