import { Actor, bytes, Digest, route, Type } from './contract.ts'

export const LedgerEventView = Type.Object({
  seq: Type.Integer(),
  at: Type.Integer(),
  type: Type.String(),
  project: Type.String(),
  subject: Type.String(),
  actor: Actor,
  cause: Type.Union([Type.Integer(), Type.Null()]),
  data: Type.Unknown(),
  previousHash: Type.String(),
  hash: Type.String(),
})

const AuditView = Type.Object({
  isWhole: Type.Boolean(),
  events: Type.Integer(),
  checkpoints: Type.Integer(),
  head: Type.String(),
  unsigned: Type.Integer(),
  faults: Type.Array(Type.Object({ seq: Type.Integer(), message: Type.String() })),
})

const LedgerFilter = {
  project: Type.Optional(Type.String()),
  type: Type.Optional(
    Type.Array(Type.String(), { description: 'Types of events; a trailing `*` stands for the rest.' }),
  ),
  subject: Type.Optional(Type.String()),
}

export const kernelRoutes = {
  health: route({
    method: 'GET',
    path: '/healthz',
    summary: 'The server answers.',
    can: 'public',
    reply: Type.Object({ status: Type.Literal('ok'), version: Type.String() }),
  }),
  openapi: route({
    method: 'GET',
    path: '/openapi.json',
    summary: 'This document.',
    can: 'public',
    reply: Type.Unknown(),
  }),
  putBlob: route({
    method: 'PUT',
    path: '/api/v1/blobs',
    summary: 'Stores bytes under their SHA-256; the same bytes are kept once.',
    can: 'data:write',
    query: Type.Object({ digest: Type.Optional(Digest) }),
    body: bytes,
    reply: Type.Object({ digest: Digest, sizeBytes: Type.Integer() }),
  }),
  hasBlobs: route({
    method: 'POST',
    path: '/api/v1/blobs/missing',
    summary: 'Says which of these digests are not stored yet.',
    can: 'data:write',
    body: Type.Object({ digests: Type.Array(Digest, { maxItems: 10_000 }) }),
    reply: Type.Object({ missing: Type.Array(Digest) }),
  }),
  getBlob: route({
    method: 'GET',
    path: '/api/v1/blobs/:digest',
    summary: 'The bytes of a blob; a Range header takes a part.',
    can: 'data:read',
    params: Type.Object({ digest: Digest }),
    reply: bytes,
    errors: ['not_found'],
  }),
  listEvents: route({
    method: 'GET',
    path: '/api/v1/ledger/events',
    summary: 'Events of the ledger, in order or newest first.',
    can: 'ledger:read',
    query: Type.Object({
      ...LedgerFilter,
      after: Type.Optional(Type.Integer()),
      before: Type.Optional(Type.Integer()),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
      newestFirst: Type.Optional(Type.Boolean({ default: false })),
    }),
    reply: Type.Object({ events: Type.Array(LedgerEventView) }),
  }),
  followEvents: route({
    method: 'GET',
    path: '/api/v1/ledger/stream',
    summary: 'Events as they happen (server-sent events); `Last-Event-ID` or `after` resumes.',
    can: 'ledger:read',
    query: Type.Object({ ...LedgerFilter, after: Type.Optional(Type.Integer()) }),
    reply: bytes,
  }),
  verifyLedger: route({
    method: 'GET',
    path: '/api/v1/ledger/verification',
    summary: 'Walks the whole chain and its signed checkpoints.',
    can: 'ledger:read',
    reply: AuditView,
  }),
  whoAmI: route({
    method: 'GET',
    path: '/api/v1/me',
    summary: 'Who this server takes the caller for.',
    can: 'projects:read',
    reply: Type.Object({
      kind: Type.String(),
      id: Type.String(),
      name: Type.String(),
      roles: Type.Array(Type.String()),
    }),
  }),
}
