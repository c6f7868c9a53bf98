import { Actor, bytes, Digest, event, nothing, Project, route, Type } from '../kernel/contract.ts'
import {
  Candidate,
  Comparison,
  GateDecision,
  Lineage,
  Metrics,
  Model,
  ModelFile,
  ModelVersion,
  nullable,
  VersionNumber,
} from './schemas.ts'

export * from './schemas.ts'

const base = '/api/v1/projects/:project/models'

/** Wider than the names of the project file, because MLflow's clients name models freely. */
const ModelName = Type.String({ minLength: 1, maxLength: 250, pattern: '^[^/:\\\\\\u0000-\\u001f]+$' })
const Alias = Type.String({ minLength: 1, maxLength: 255, pattern: '^[\\w-]+$' })
const InModel = Type.Object({ ...Project.properties, model: ModelName })
const InAlias = Type.Object({ ...Project.properties, model: ModelName, alias: Alias })
const InVersion = Type.Object({ ...Project.properties, model: ModelName, version: VersionNumber })
const Comment = Type.Object({ comment: Type.Optional(Type.String({ maxLength: 2000 })) })

export const registryRoutes = {
  listModels: route({
    method: 'GET',
    path: base,
    summary: 'List the models of a project.',
    can: 'models:read',
    params: Project,
    reply: Type.Object({ models: Type.Array(Model) }),
    errors: [],
  }),
  getModel: route({
    method: 'GET',
    path: `${base}/:model`,
    summary: 'Show a model with its gate, approvals and aliases.',
    can: 'models:read',
    params: InModel,
    reply: Model,
    errors: ['not_found'],
  }),
  listVersions: route({
    method: 'GET',
    path: `${base}/:model/versions`,
    summary: 'List the versions of a model, newest first.',
    can: 'models:read',
    params: InModel,
    query: Type.Object({
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
      after: Type.Optional(VersionNumber),
    }),
    reply: Type.Object({ versions: Type.Array(ModelVersion), next: Type.Optional(VersionNumber) }),
    errors: ['not_found'],
  }),
  getVersion: route({
    method: 'GET',
    path: `${base}/:model/versions/:version`,
    summary: 'Show a version: files, signature, metrics, lineage, gate decision, approval and aliases.',
    can: 'models:read',
    params: InVersion,
    reply: ModelVersion,
    errors: ['not_found'],
  }),
  listVersionFiles: route({
    method: 'GET',
    path: `${base}/:model/versions/:version/files`,
    summary: 'List the files of a version with their digests.',
    can: 'models:read',
    params: InVersion,
    reply: Type.Object({ files: Type.Array(ModelFile) }),
    errors: ['not_found'],
  }),
  getVersionFile: route({
    method: 'GET',
    path: `${base}/:model/versions/:version/file`,
    summary: 'Download one file of a version.',
    can: 'models:read',
    params: InVersion,
    query: Type.Object({ path: Type.String({ minLength: 1, maxLength: 1000 }) }),
    reply: bytes,
    errors: ['not_found'],
  }),
  listCandidates: route({
    method: 'GET',
    path: `${base}/:model/candidates`,
    summary: 'List what the gate decided, registered and refused, newest first.',
    can: 'models:read',
    params: InModel,
    query: Type.Object({
      decision: Type.Optional(Type.Union([Type.Literal('registered'), Type.Literal('refused')])),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
      after: Type.Optional(Type.String()),
    }),
    reply: Type.Object({ candidates: Type.Array(Candidate), next: Type.Optional(Type.String()) }),
    errors: ['not_found'],
  }),
  compareVersions: route({
    method: 'GET',
    path: `${base}/:model/compare`,
    summary: 'Compare two versions: metrics, lineage and files.',
    can: 'models:read',
    params: InModel,
    query: Type.Object({ a: VersionNumber, b: VersionNumber }),
    reply: Comparison,
    errors: ['not_found'],
  }),
  setAlias: route({
    method: 'PUT',
    path: `${base}/:model/aliases/:alias`,
    summary: 'Point an alias at a version; an alias that exists moves.',
    can: 'models:write',
    params: InAlias,
    body: Type.Object({ version: VersionNumber }),
    reply: Model,
    errors: ['not_found', 'conflict', 'invalid'],
  }),
  deleteAlias: route({
    method: 'DELETE',
    path: `${base}/:model/aliases/:alias`,
    summary: 'Remove an alias.',
    can: 'models:write',
    params: InAlias,
    reply: nothing,
    errors: ['not_found'],
  }),
  requestApproval: route({
    method: 'POST',
    path: `${base}/:model/versions/:version/request-approval`,
    summary: 'Ask again for the approval of a version, also of one that was rejected.',
    can: 'models:write',
    params: InVersion,
    body: Comment,
    reply: ModelVersion,
    errors: ['not_found', 'conflict'],
  }),
  approve: route({
    method: 'POST',
    path: `${base}/:model/versions/:version/approve`,
    summary: 'Approve a version. Its authors may not.',
    can: 'models:approve',
    params: InVersion,
    body: Comment,
    reply: ModelVersion,
    errors: ['not_found', 'conflict', 'forbidden'],
  }),
  reject: route({
    method: 'POST',
    path: `${base}/:model/versions/:version/reject`,
    summary: 'Reject a version that waits for approval. Its authors may not.',
    can: 'models:approve',
    params: InVersion,
    body: Comment,
    reply: ModelVersion,
    errors: ['not_found', 'conflict', 'forbidden'],
  }),
}

const Subject = { model: Type.String(), version: VersionNumber }

export const versionRegistered = event({
  type: 'model.version.registered',
  summary: 'The gate let a candidate pass and it became a version.',
  data: Type.Object({
    ...Subject,
    files: nullable(Digest),
    gate: GateDecision,
    approval: Type.Union([Type.Literal('pending'), Type.Literal('approved')]),
    lineage: Lineage,
  }),
})

export const versionRefused = event({
  type: 'model.version.refused',
  summary: 'The gate refused a candidate; no version was made.',
  data: Type.Object({
    model: Type.String(),
    candidate: Type.String(),
    gate: GateDecision,
    metrics: Metrics,
    lineage: Lineage,
  }),
})

export const approvalRequested = event({
  type: 'model.approval.requested',
  summary: 'A version waits for people to approve it.',
  data: Type.Object({ ...Subject, needed: Type.Integer(), comment: nullable(Type.String()) }),
})

export const versionApproved = event({
  type: 'model.version.approved',
  summary: 'A version has all the approvals it needs and may be used.',
  data: Type.Object({ ...Subject, approvers: Type.Array(Actor), comment: nullable(Type.String()) }),
})

export const versionRejected = event({
  type: 'model.version.rejected',
  summary: 'A person rejected a version.',
  data: Type.Object({ ...Subject, comment: nullable(Type.String()) }),
})

export const aliasMoved = event({
  type: 'model.alias.moved',
  summary: 'An alias points at another version, or at none.',
  data: Type.Object({
    model: Type.String(),
    alias: Type.String(),
    from: nullable(VersionNumber),
    to: nullable(VersionNumber),
  }),
})

export const modelRenamed = event({
  type: 'model.renamed',
  summary: 'A model has another name; its versions and aliases came along.',
  data: Type.Object({ from: Type.String(), to: Type.String() }),
})

export const modelDeleted = event({
  type: 'model.deleted',
  summary: 'A model was deleted with its versions and aliases; the numbers are never given again.',
  data: Type.Object({ model: Type.String() }),
})

export const versionDeleted = event({
  type: 'model.version.deleted',
  summary: 'A version was deleted; its number is never given again.',
  data: Type.Object(Subject),
})
