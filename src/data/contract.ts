import {
  Actor,
  bytes,
  definition,
  Digest,
  event,
  Millis,
  Name,
  nothing,
  Page,
  route,
  Type,
  type Static,
} from '../kernel/contract.ts'

export { globMatcher } from './glob.ts'

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
const RefOrMain = Type.Optional(Type.String({ ...Ref, default: 'main' }))

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

export const FileAction = Type.Union([
  Type.Literal('added'),
  Type.Literal('changed'),
  Type.Literal('removed'),
])
export type FileAction = Static<typeof FileAction>

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

export const Column = Type.Object({
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

// ---- Events -------------------------------------------------------------------------------------------------

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

// ---- Routes -------------------------------------------------------------------------------------------------

const InProject = Type.Object({ project: Name })
const InRepository = Type.Object({ project: Name, repository: Name })
const repositories = '/api/v1/projects/:project/repositories' as const
const repository = `${repositories}/:repository` as const
const next = Type.Optional(Type.String({ description: 'Give it as `after` to read on.' }))

export const dataRoutes = {
  listRepositories: route({
    method: 'GET',
    path: repositories,
    summary: 'Lists the repositories of a project with their branches.',
    can: 'data:read',
    params: InProject,
    reply: Type.Object({ repositories: Type.Array(Repository) }),
  }),
  createRepository: route({
    method: 'POST',
    path: repositories,
    summary: 'Makes an empty repository.',
    can: 'data:write',
    params: InProject,
    body: Type.Object({ name: Name, description: Type.Optional(Type.String({ maxLength: 1000 })) }, closed),
    reply: Repository,
    errors: ['conflict'],
  }),
  getRepository: route({
    method: 'GET',
    path: repository,
    summary: 'Shows one repository with its branches.',
    can: 'data:read',
    params: InRepository,
    reply: Repository,
    errors: ['not_found'],
  }),
  listBranches: route({
    method: 'GET',
    path: `${repository}/branches`,
    summary: 'Lists the branches of a repository.',
    can: 'data:read',
    params: InRepository,
    reply: Type.Object({ branches: Type.Array(Branch) }),
    errors: ['not_found'],
  }),
  createBranch: route({
    method: 'POST',
    path: `${repository}/branches`,
    summary: 'Makes a branch at a commit, without copying anything.',
    can: 'data:write',
    params: InRepository,
    body: Type.Object({ name: BranchName, from: RefOrMain }, closed),
    reply: Branch,
    errors: ['not_found', 'conflict'],
  }),
  deleteBranch: route({
    method: 'DELETE',
    path: `${repository}/branches/:branch`,
    summary: 'Deletes a branch; its commits stay. The branch main cannot be deleted.',
    can: 'data:write',
    params: Type.Object({ project: Name, repository: Name, branch: BranchName }),
    reply: nothing,
    errors: ['not_found', 'conflict'],
  }),
  listTags: route({
    method: 'GET',
    path: `${repository}/tags`,
    summary: 'Lists the tags of a repository.',
    can: 'data:read',
    params: InRepository,
    reply: Type.Object({ tags: Type.Array(Tag) }),
    errors: ['not_found'],
  }),
  createTag: route({
    method: 'POST',
    path: `${repository}/tags`,
    summary: 'Gives a commit a name that never moves.',
    can: 'data:write',
    params: InRepository,
    body: Type.Object({ name: BranchName, ref: RefOrMain }, closed),
    reply: Tag,
    errors: ['not_found', 'conflict'],
  }),
  deleteTag: route({
    method: 'DELETE',
    path: `${repository}/tags/:tag`,
    summary: 'Deletes a tag; its commit stays.',
    can: 'data:write',
    params: Type.Object({ project: Name, repository: Name, tag: BranchName }),
    reply: nothing,
    errors: ['not_found'],
  }),
  createCommit: route({
    method: 'POST',
    path: `${repository}/commits`,
    summary: 'Commits files that were uploaded as blobs, and removals, to a branch in one step.',
    can: 'data:write',
    params: InRepository,
    body: Type.Object(
      {
        branch: Type.Optional(Type.String({ ...BranchName, default: 'main' })),
        message: Type.String({ maxLength: 10_000 }),
        changes: Type.Array(
          Type.Union([
            Type.Object({ path: FilePath, digest: Digest }, closed),
            Type.Object({ path: FilePath, remove: Type.Literal(true) }, closed),
          ]),
          { minItems: 1, maxItems: 100_000 },
        ),
        expectedHead: Type.Optional(
          Type.Union([CommitId, Type.Null()], {
            description: 'Refuse unless the branch is still here; null: unless it has no commit yet.',
          }),
        ),
      },
      closed,
    ),
    bodyLimit: 32 * 1024 * 1024,
    reply: Type.Composite([
      Commit,
      Type.Object({
        created: Type.Boolean({ description: 'False when the branch already had exactly these files.' }),
      }),
    ]),
    errors: ['invalid', 'not_found', 'conflict'],
  }),
  listCommits: route({
    method: 'GET',
    path: `${repository}/commits`,
    summary: 'Lists commits from a ref backwards along first parents, newest first.',
    can: 'data:read',
    params: InRepository,
    query: Type.Object({ ref: RefOrMain, ...Page.properties }),
    reply: Type.Object({ commits: Type.Array(Commit), next }),
    errors: ['not_found'],
  }),
  getCommit: route({
    method: 'GET',
    path: `${repository}/commits/:ref`,
    summary: 'Shows one commit with its changes and the profile of its tables.',
    can: 'data:read',
    params: Type.Object({ project: Name, repository: Name, ref: Ref }),
    reply: CommitDetail,
    errors: ['not_found'],
  }),
  diffCommits: route({
    method: 'GET',
    path: `${repository}/diff`,
    summary: 'Lists the files that differ between two refs.',
    can: 'data:read',
    params: InRepository,
    query: Type.Object({ from: Ref, to: Ref, ...Page.properties }),
    reply: Type.Object({ from: CommitId, to: CommitId, changes: Type.Array(FileDiff), next }),
    errors: ['not_found'],
  }),
  listTree: route({
    method: 'GET',
    path: `${repository}/tree`,
    summary: 'Lists one folder at a ref.',
    can: 'data:read',
    params: InRepository,
    query: Type.Object({
      ref: RefOrMain,
      path: Type.Optional(Type.String({ default: '', description: 'Folder; empty for the root.' })),
      ...Page.properties,
    }),
    reply: Type.Object({ commit: CommitId, tree: Digest, entries: Type.Array(TreeEntry), next }),
    errors: ['not_found'],
  }),
  readFile: route({
    method: 'GET',
    path: `${repository}/files`,
    summary: 'Reads the bytes of a file at a ref; the header Range asks for a part.',
    can: 'data:read',
    params: InRepository,
    query: Type.Object({ ref: RefOrMain, path: FilePath }),
    reply: bytes,
    errors: ['not_found'],
  }),
}

export const dataDefinitions = [repositoryDefinition]
export const dataEvents = [
  repositoryCreated,
  commitCreated,
  commitProfiled,
  branchCreated,
  branchDeleted,
  tagCreated,
  tagDeleted,
]
