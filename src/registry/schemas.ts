import { Actor, definition, Digest, Millis, Type, type Static, type TSchema } from '../kernel/contract.ts'

export const nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()])
export const VersionNumber = Type.Integer({ minimum: 1 })

export const GateRule = Type.Object(
  {
    metric: Type.String({
      minLength: 1,
      description: 'The metric this rule judges, by its name in the metrics document.',
    }),
    min: Type.Optional(Type.Number({ description: 'The metric must be at least this.' })),
    max: Type.Optional(Type.Number({ description: 'The metric must be at most this.' })),
    below: Type.Optional(
      Type.String({ description: 'The metric must be smaller than this other metric of the same document.' }),
    ),
    above: Type.Optional(
      Type.String({ description: 'The metric must be greater than this other metric of the same document.' }),
    ),
    margin: Type.Optional(
      Type.Number({
        minimum: 0,
        description: 'By how much `below` or `above` must be beaten. 0 unless said.',
      }),
    ),
    when: Type.Optional(
      Type.Literal('champion', {
        description:
          'Judge only while the model has a champion; until then the rule is skipped, and the result says so.',
      }),
    ),
  },
  {
    additionalProperties: false,
    anyOf: ['min', 'max', 'below', 'above'].map((limit) => ({ required: [limit] })),
    description: 'One rule of a gate. A rule names at least one of min, max, below, above.',
  },
)
export type GateRule = Static<typeof GateRule>

export const modelDefinition = definition({
  kind: 'model',
  section: 'models',
  summary:
    'A model: what a version must prove before it is registered, and who must agree before it is used.',
  schema: Type.Object(
    {
      description: Type.Optional(Type.String({ description: 'What the model is for, in a sentence.' })),
      gate: Type.Optional(
        Type.Array(GateRule, {
          description: 'Rules over the metrics of a candidate; all must hold for it to be registered.',
        }),
      ),
      approval: Type.Optional(
        Type.Object(
          {
            count: Type.Integer({
              minimum: 0,
              maximum: 10,
              description: 'How many people other than the authors must approve a version.',
            }),
          },
          { additionalProperties: false, description: 'Approval by people. None is needed unless said.' },
        ),
      ),
    },
    { additionalProperties: false },
  ),
})
export type ModelDefinition = Static<typeof modelDefinition.schema>

export const RuleResult = Type.Object({
  rule: Type.String({ description: 'The rule in words, for example «auc is at least 0.6».' }),
  outcome: Type.Union([Type.Literal('passed'), Type.Literal('failed'), Type.Literal('skipped')]),
  why: Type.String(),
})
export type RuleResult = Static<typeof RuleResult>

export const GateDecision = Type.Object({
  passed: Type.Boolean(),
  note: nullable(Type.String()),
  results: Type.Array(RuleResult),
  definition: nullable(
    Type.Object(
      { version: Type.Integer(), digest: Type.String() },
      { description: 'The gate that decided, as it then was.' },
    ),
  ),
  champion: nullable(Type.Integer({ description: 'The champion’s version at that moment.' })),
})
export type GateDecision = Static<typeof GateDecision>

export const Lineage = Type.Object({
  pipelineRun: nullable(Type.String()),
  step: nullable(Type.String()),
  trackingRun: nullable(Type.String()),
  code: nullable(Type.String({ description: 'Digest of the code snapshot.' })),
  environment: nullable(Type.String({ description: 'Digest of the environment lock.' })),
  commits: Type.Record(Type.String(), Type.Object({ repository: Type.String(), commit: Type.String() }), {
    description: 'The data commits that went in, by input name.',
  }),
})
export type Lineage = Static<typeof Lineage>

export const Metrics = Type.Record(Type.String(), nullable(Type.Number()))
export type Metrics = Static<typeof Metrics>

export const Approval = Type.Object({
  state: Type.Union([Type.Literal('pending'), Type.Literal('approved'), Type.Literal('rejected')]),
  needed: Type.Integer({ description: 'Approvals that are required; 0 when the model asks for none.' }),
  requestedAt: nullable(Millis),
  decisions: Type.Array(
    Type.Object({
      by: Actor,
      at: Millis,
      decision: Type.Union([Type.Literal('approved'), Type.Literal('rejected')]),
      comment: nullable(Type.String()),
    }),
  ),
})
export type Approval = Static<typeof Approval>

export const ModelVersion = Type.Object({
  project: Type.String(),
  model: Type.String(),
  version: VersionNumber,
  createdAt: Millis,
  updatedAt: Millis,
  createdBy: Actor,
  authors: Type.Array(Actor, { description: 'Nobody of these may approve the version.' }),
  description: nullable(Type.String()),
  files: nullable(Digest),
  sizeBytes: Type.Integer(),
  format: nullable(Type.String({ description: 'onnx, mlflow or other, by the files.' })),
  source: nullable(Type.String({ description: 'Where a foreign client said that it came from.' })),
  runLink: nullable(Type.String()),
  loggedModel: nullable(Type.String({ description: 'The logged model that it was made from.' })),
  stage: Type.String({
    description: 'MLflow’s old label: None, Staging, Production or Archived. It decides nothing here.',
  }),
  signature: Type.Unknown({
    description: 'Inputs and outputs of the model, as its signature.json declares them.',
  }),
  metrics: Metrics,
  baseline: nullable(Digest),
  lineage: Lineage,
  gate: GateDecision,
  approval: Approval,
  aliases: Type.Array(Type.String()),
  tags: Type.Record(Type.String(), Type.String()),
  seal: nullable(
    Type.String({ description: 'Ed25519 signature over the digests, made with the home’s key.' }),
  ),
  sealIsIntact: Type.Boolean({
    description: 'Checked now: what the seal covers is what it was when it was made.',
  }),
})
export type ModelVersion = Static<typeof ModelVersion>

export const Candidate = Type.Object({
  id: Type.String(),
  model: Type.String(),
  at: Millis,
  createdBy: Actor,
  decision: Type.Union([Type.Literal('registered'), Type.Literal('refused')]),
  version: nullable(VersionNumber),
  gate: GateDecision,
  metrics: Metrics,
  files: nullable(Digest),
  baseline: nullable(Digest),
  lineage: Lineage,
})
export type Candidate = Static<typeof Candidate>

export const Model = Type.Object({
  name: Type.String(),
  description: nullable(Type.String()),
  createdAt: Millis,
  updatedAt: Millis,
  latestVersion: nullable(VersionNumber),
  aliases: Type.Record(Type.String(), VersionNumber),
  tags: Type.Record(Type.String(), Type.String()),
  gate: Type.Array(GateRule),
  approval: Type.Object({ count: Type.Integer() }),
  waiting: Type.Integer({ description: 'Versions that wait for an approval.' }),
})
export type Model = Static<typeof Model>

export const ModelFile = Type.Object({ path: Type.String(), digest: Digest, sizeBytes: Type.Integer() })

const Difference = Type.Object({
  a: nullable(Type.Union([Type.String(), Type.Number()])),
  b: nullable(Type.Union([Type.String(), Type.Number()])),
  same: Type.Boolean(),
})

export const Comparison = Type.Object({
  a: VersionNumber,
  b: VersionNumber,
  metrics: Type.Record(Type.String(), Difference),
  facts: Type.Record(Type.String(), Difference, {
    description: 'Code, environment, data commits, signature and baseline, side by side.',
  }),
  files: Type.Array(
    Type.Object({
      path: Type.String(),
      change: Type.Union([
        Type.Literal('added'),
        Type.Literal('removed'),
        Type.Literal('changed'),
        Type.Literal('same'),
      ]),
    }),
  ),
})
export type Comparison = Static<typeof Comparison>
