import { createHash } from 'node:crypto'
import type { Actor } from '../kernel/contract.ts'

/** What a commit says; immutable. Its id is the SHA-256 of this record, so a changed record is another commit. */
export type CommitRecord = {
  project: string
  repository: string
  tree: string
  parents: string[]
  author: Actor
  message: string
  at: number
}

/** The bytes that the id is computed from: fixed key order, no white space. */
const commitBytes = ({ project, repository, tree, parents, author, message, at }: CommitRecord): string =>
  JSON.stringify({
    project,
    repository,
    tree,
    parents,
    author: { kind: author.kind, id: author.id, name: author.name },
    message,
    at,
  })

export const commitId = (record: CommitRecord): string =>
  createHash('sha256').update(commitBytes(record)).digest('hex')
