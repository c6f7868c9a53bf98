/** What the ledger says about data. */
import { Digest, event, Name, Type } from '../kernel/contract.ts'
import { BranchName, Change, CommitId } from './records.contract.ts'

const Count = Type.Integer({ minimum: 0 })

export const repositoryCreated = event({
  type: 'data.repository.created',
  summary: 'A repository was made by a request or by its first commit.',
  data: Type.Object({ repository: Name }),
})
export const commitCreated = event({
  type: 'data.commit.created',
  summary: 'A branch of a repository has a new commit.',
  data: Type.Object({
    repository: Name,
    branch: BranchName,
    commit: CommitId,
    parent: Type.Union([CommitId, Type.Null()]),
    tree: Digest,
    message: Type.String(),
    changes: Type.Array(Change, { maxItems: 1000, description: 'The first 1,000 changed paths, in order.' }),
    total: Type.Integer({ minimum: 0, description: 'How many files changed in all.' }),
  }),
})
export const commitProfiled = event({
  type: 'data.commit.profiled',
  summary: 'Rows and columns of the tables that a commit brought are known.',
  data: Type.Object({ repository: Name, commit: CommitId, files: Count, unreadable: Count }),
})
export const branchCreated = event({
  type: 'data.branch.created',
  summary: 'A branch was made.',
  data: Type.Object({ repository: Name, branch: BranchName, head: CommitId, from: Type.String() }),
})
export const branchDeleted = event({
  type: 'data.branch.deleted',
  summary: 'A branch was deleted; its commits stay.',
  data: Type.Object({ repository: Name, branch: BranchName, head: CommitId }),
})
export const tagCreated = event({
  type: 'data.tag.created',
  summary: 'A commit got a name that never moves.',
  data: Type.Object({ repository: Name, tag: BranchName, commit: CommitId }),
})
export const tagDeleted = event({
  type: 'data.tag.deleted',
  summary: 'A tag was deleted; its commit stays.',
  data: Type.Object({ repository: Name, tag: BranchName, commit: CommitId }),
})
