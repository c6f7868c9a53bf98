import { Actor, Millis, Type, type Static } from '../kernel/contract.ts'

export const Id = Type.String({ pattern: '^[a-zA-Z0-9][\\w-]{0,255}$' })
export const Key = Type.String({ minLength: 1, maxLength: 250 })
export const Pairs = Type.Record(Type.String(), Type.String())

/** JSON has no NaN and no infinities: they travel as strings, as in protobuf's JSON. */
const MetricValue = Type.Union([
  Type.Number(),
  Type.Literal('NaN'),
  Type.Literal('Infinity'),
  Type.Literal('-Infinity'),
])

export const Lifecycle = Type.Union([Type.Literal('active'), Type.Literal('deleted')])

export const RunStatus = Type.Union([
  Type.Literal('running'),
  Type.Literal('scheduled'),
  Type.Literal('finished'),
  Type.Literal('failed'),
  Type.Literal('killed'),
])
export type RunStatus = Static<typeof RunStatus>

export const Experiment = Type.Object({
  id: Id,
  name: Type.String(),
  lifecycle: Lifecycle,
  createdAt: Millis,
  updatedAt: Millis,
  tags: Pairs,
})
export type Experiment = Static<typeof Experiment>

/** A metric as a run shows it: the point that is greatest by step, then timestamp, then value. */
const LatestMetric = Type.Object({ value: MetricValue, step: Type.Integer(), timestamp: Millis })

export const RunSummary = Type.Object({
  id: Id,
  experiment: Id,
  name: Type.String(),
  status: RunStatus,
  lifecycle: Lifecycle,
  startedAt: Millis,
  endedAt: Type.Union([Millis, Type.Null()]),
  userName: Type.String(),
  createdBy: Actor,
  pipelineRun: Type.Union([Type.String(), Type.Null()]),
  metrics: Type.Record(Type.String(), LatestMetric),
  params: Pairs,
  tags: Pairs,
})
export type RunSummary = Static<typeof RunSummary>

export const DatasetInput = Type.Object({
  name: Type.String({ maxLength: 500 }),
  digest: Type.String({ maxLength: 100 }),
  sourceType: Type.String(),
  source: Type.String(),
  schema: Type.Optional(Type.String()),
  profile: Type.Optional(Type.String()),
  tags: Pairs,
})
export type DatasetInput = Static<typeof DatasetInput>

export const Run = Type.Intersect([
  RunSummary,
  Type.Object({
    inputs: Type.Array(DatasetInput),
    modelInputs: Type.Array(Id),
    modelOutputs: Type.Array(Type.Object({ model: Id, step: Type.Integer() })),
  }),
])
export type Run = Static<typeof Run>

export const MetricPoint = Type.Object({
  key: Key,
  value: MetricValue,
  step: Type.Optional(Type.Integer()),
  timestamp: Type.Optional(Millis),
})

export const HistoryPoint = Type.Object({ value: MetricValue, step: Type.Integer(), timestamp: Millis })

export const Artifact = Type.Object({
  path: Type.String(),
  kind: Type.Union([Type.Literal('file'), Type.Literal('directory')]),
  sizeBytes: Type.Union([Type.Integer(), Type.Null()]),
  digest: Type.Union([Type.String(), Type.Null()]),
})
export type Artifact = Static<typeof Artifact>
