import { bytes, Digest, Name, nothing, Page, route, Type } from '../kernel/contract.ts'
import {
  Branch,
  BranchName,
  Commit,
  CommitDetail,
  CommitId,
  FileDiff,
  FilePath,
  Ref,
  Repository,
  Tag,
  TreeEntry,
} from './records.contract.ts'

export * from './events.contract.ts'
export * from './records.contract.ts'
export { globMatcher } from './glob.ts'

const closed = { additionalProperties: false } as const
const RefOrMain = Type.Optional(Type.String({ ...Ref, default: 'main' }))

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
