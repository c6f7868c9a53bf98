import { Digest, Name, Type, type Static } from '../../kernel/contract.ts'
import { datatypes } from '../signature.ts'
import { Whole, oneOf, orNull } from './schema.ts'

const Tensor = { name: Type.String(), datatype: oneOf(datatypes), shape: Type.Array(Type.Integer()) }
export const Signature = Type.Object({
  inputs: Type.Array(Type.Object({ ...Tensor, columns: Type.Optional(Type.Array(Type.String())) })),
  outputs: Type.Array(
    Type.Object({
      ...Tensor,
      take: Type.Optional(Type.Integer()),
      prediction: Type.Optional(Type.Boolean()),
    }),
  ),
})

const DesiredFile = Type.Object({ path: Type.String(), digest: Digest, sizeBytes: Whole })
export const DesiredVariant = Type.Object({
  name: Type.String({ description: 'champion, canary or shadow' }),
  role: oneOf(['live', 'shadow']),
  weight: Type.Integer({ minimum: 0, maximum: 100 }),
  release: Whole,
  model: Name,
  version: Whole,
  files: Type.String({ description: 'Digest of the tree of the model files.' }),
  tree: Type.Array(DesiredFile, { description: 'The same tree, written out.' }),
  format: Type.Literal('onnx'),
  signature: Signature,
})
export const DesiredLookup = Type.Object({
  view: Name,
  entity: Type.String({ description: 'Request column with the key.' }),
  features: Type.Array(Type.String()),
  digest: Digest,
  ttlMs: Type.Optional(Type.Integer({ minimum: 0, description: 'Older rows count as missing.' })),
})
export const DesiredEndpoint = Type.Object({
  project: Name,
  name: Name,
  release: orNull(Whole, { description: 'The live release.' }),
  eventTime: Type.Optional(Type.String()),
  variants: Type.Array(DesiredVariant),
  lookups: Type.Array(DesiredLookup),
})
export const Desired = Type.Object({ revision: Whole, endpoints: Type.Array(DesiredEndpoint) })
export type Desired = Static<typeof Desired>
export type DesiredEndpoint = Static<typeof DesiredEndpoint>
export type DesiredVariant = Static<typeof DesiredVariant>
export type DesiredLookup = Static<typeof DesiredLookup>

/** Sums since the start of the agent process, so that a repeated, late or lost report changes nothing. */
export const Figures = Type.Object({
  requests: Type.Integer({ minimum: 0, description: 'Calls; a batch is one.' }),
  predictions: Type.Integer({ minimum: 0, description: 'Rows answered.' }),
  errors: Type.Integer({ minimum: 0, description: 'Rows that this release failed to answer.' }),
  sum: Type.Number({ description: 'Sum of the predictions.' }),
  calls: Type.Object(
    { squares: Type.Number(), products: Type.Number(), sizes: Type.Number() },
    {
      description:
        'Sums over calls of s², s·n and n² (s: sum of predictions, n: rows): they give the standard error of the mean.',
    },
  ),
  paired: Type.Object(
    {
      calls: Whole,
      predictions: Whole,
      shift: Type.Number(),
      squares: Type.Number(),
      products: Type.Number(),
      sizes: Type.Number(),
    },
    {
      description:
        'Calls that a canary answered and the champion was asked too, unseen: with d the difference of their sums of predictions and n the rows, the sums of d (shift), d², d·n and n².',
    },
  ),
  latency: Type.Array(Type.Integer({ minimum: 0 }), { description: 'Calls by time; bounds in figures.ts.' }),
})
export type Figures = Static<typeof Figures>

export const ReleasePhase = oneOf(['fetching', 'loading', 'ready', 'failed'])
export const ReleaseReport = Type.Object({
  project: Name,
  endpoint: Name,
  release: Whole,
  phase: ReleasePhase,
  attempts: Whole,
  error: Type.Optional(Type.String()),
  figures: Type.Optional(Figures),
})
export type ReleaseReport = Static<typeof ReleaseReport>

export const AgentReport = Type.Object({
  incarnation: Type.String({
    minLength: 1,
    maxLength: 100,
    description: 'Changes with each start of the agent process.',
  }),
  sequence: Type.Integer({ minimum: 0, description: 'Grows with each report of an incarnation.' }),
  address: Type.String({ description: 'Where callers reach this agent.' }),
  have: Type.Integer({ minimum: 0, description: 'Revision of the desired state that the agent holds.' }),
  spooledBytes: Whole,
  memoryBytes: Whole,
  releases: Type.Array(ReleaseReport, { maxItems: 10_000 }),
})
export type AgentReport = Static<typeof AgentReport>
