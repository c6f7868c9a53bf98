/** The section `repositories` of the project file, and what a repository holds. */
import { Actor, definition, Digest, Millis, Name, Type, type Static } from '../kernel/contract.ts'

const closed = { additionalProperties: false } as const
const Count = Type.Integer({ minimum: 0 })

export const BranchName = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*$',
  maxLength: 100,
  description:
    'Letters, digits, dot, underscore, hyphen; parts divided by a slash. Not 12 or more hex digits.',
})
export const CommitId = Type.String({
  pattern: '^[0-9a-f]{64}$',
  description: 'SHA-256 of the commit record.',
})
export const Ref = Type.String({
  minLength: 1,
  maxLength: 100,
  description: 'A branch, a tag, or a commit id (at least its first 12 hex digits).',
})
export const FilePath = Type.String({
  minLength: 1,
  description: 'Path inside the repository: relative, parts divided by slashes.',
})

// ---- esteira.yaml: repositories -----------------------------------------------------------------------------

export const repositoryDefinition = definition({
  kind: 'repository',
  section: 'repositories',
  summary: 'A place for versioned data files, with branches and commits.',
  schema: Type.Object(
    {
      description: Type.Optional(
        Type.String({ maxLength: 1000, description: 'What the data is, in a sentence.' }),
      ),
    },
    closed,
  ),
})

// ---- Records ------------------------------------------------------------------------------------------------

const FileAction = Type.Union([Type.Literal('added'), Type.Literal('changed'), Type.Literal('removed')])

export const Change = Type.Object({ path: FilePath, action: FileAction })
export type Change = Static<typeof Change>

export const FileDiff = Type.Object({
  path: FilePath,
  action: FileAction,
  before: Type.Optional(Type.Object({ digest: Digest, sizeBytes: Count })),
  after: Type.Optional(Type.Object({ digest: Digest, sizeBytes: Count })),
})
export type FileDiff = Static<typeof FileDiff>

export const Repository = Type.Object({
  name: Name,
  description: Type.Union([Type.String(), Type.Null()]),
  createdAt: Millis,
  branches: Type.Array(Type.Object({ name: BranchName, head: CommitId, at: Millis })),
})
export type Repository = Static<typeof Repository>

export const Branch = Type.Object({ name: BranchName, head: CommitId, createdAt: Millis, updatedAt: Millis })
export type Branch = Static<typeof Branch>

export const Tag = Type.Object({ name: BranchName, commit: CommitId, createdAt: Millis, createdBy: Actor })
export type Tag = Static<typeof Tag>

export const Commit = Type.Object({
  id: CommitId,
  project: Name,
  repository: Name,
  tree: Digest,
  parents: Type.Array(CommitId),
  author: Actor,
  message: Type.String(),
  at: Millis,
  added: Type.Integer({ minimum: 0, description: 'Files added.' }),
  changed: Type.Integer({ minimum: 0, description: 'Files changed.' }),
  removed: Type.Integer({ minimum: 0, description: 'Files removed.' }),
})
export type Commit = Static<typeof Commit>

const Column = Type.Object({
  name: Type.String(),
  type: Type.String({ description: 'Type as DuckDB names it.' }),
})

export const FileProfile = Type.Object({
  path: FilePath,
  digest: Digest,
  rows: Type.Union([Count, Type.Null()]),
  columns: Type.Array(Column),
  error: Type.Optional(Type.String({ description: 'Why the file could not be read.' })),
})
export type FileProfile = Static<typeof FileProfile>

export const CommitProfile = Type.Object({
  state: Type.Union([Type.Literal('pending'), Type.Literal('ready')]),
  files: Type.Array(FileProfile, {
    description: 'The tables among the added and changed files, at most 1,000.',
  }),
})
export type CommitProfile = Static<typeof CommitProfile>

export const CommitDetail = Type.Composite([
  Commit,
  Type.Object({
    changes: Type.Array(FileDiff, { description: 'Against the first parent, at most 1,000.' }),
    profile: CommitProfile,
  }),
])
export type CommitDetail = Static<typeof CommitDetail>

export const TreeEntry = Type.Object({
  name: Type.String(),
  kind: Type.Union([Type.Literal('file'), Type.Literal('tree')]),
  digest: Digest,
  sizeBytes: Count,
})
