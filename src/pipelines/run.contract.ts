/** What a run of a pipeline looks like from outside. */
import { Actor, Digest, Millis, Name, Type, type Static, type TSchema } from '../kernel/contract.ts'
import { OutputKind } from './definitions.contract.ts'

/** A text or number or digest that may be absent. */
export const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

export const RunStatus = Type.Union(
  [
    Type.Literal('running'),
    Type.Literal('cancelling'),
    Type.Literal('succeeded'),
    Type.Literal('failed'),
    Type.Literal('cancelled'),
  ],
  {
    description:
      'running and cancelling go on; the other three are final (a failed or cancelled run can be retried).',
  },
)
export type RunStatus = Static<typeof RunStatus>

export const StepStatus = Type.Union(
  [
    Type.Literal('waiting'),
    Type.Literal('starting'),
    Type.Literal('running'),
    Type.Literal('backoff'),
    Type.Literal('succeeded'),
    Type.Literal('cached'),
    Type.Literal('failed'),
    Type.Literal('skipped'),
    Type.Literal('cancelled'),
  ],
  {
    description:
      'cached: outputs of an equal earlier step were taken. skipped: a step that it needs did not succeed.',
  },
)
export type StepStatus = Static<typeof StepStatus>

/** Where an artifact came from. */
export const ArtifactSource = Type.Union([
  Type.Object({ repository: Type.String(), ref: Type.String(), commit: Type.String() }),
  Type.Object({ model: Type.String(), version: Type.Integer(), alias: Type.Optional(Type.String()) }),
  Type.Object({ step: Type.String(), output: Type.String() }),
])
export type ArtifactSource = Static<typeof ArtifactSource>

export const Artifact = Type.Object({
  digest: Digest,
  kind: OutputKind,
  sizeBytes: Type.Optional(Type.Integer({ minimum: 0 })),
})
export type Artifact = Static<typeof Artifact>

export const SourcedArtifact = Type.Composite([Artifact, Type.Object({ source: ArtifactSource })])
export type SourcedArtifact = Static<typeof SourcedArtifact>

export const StepError = Type.Object({
  code: Type.String({
    description: 'exit, timeout, killed, command, output, environment, input, lost, cancelled or action.',
  }),
  message: Type.String({ description: 'What happened, with the end of the log where there is one.' }),
  hint: Type.Optional(Type.String({ description: 'What to do.' })),
})
export type StepError = Static<typeof StepError>

export const Attempt = Type.Object({
  attempt: Type.Integer({ minimum: 1 }),
  id: Type.String(),
  status: Type.Union([
    Type.Literal('starting'),
    Type.Literal('running'),
    Type.Literal('succeeded'),
    Type.Literal('failed'),
    Type.Literal('lost'),
    Type.Literal('cancelled'),
  ]),
  startedAt: Millis,
  finishedAt: nullable(Millis),
  wallMs: nullable(Type.Integer()),
  cpuMs: nullable(Type.Integer()),
  peakMemoryBytes: nullable(Type.Integer()),
  exitCode: nullable(Type.Integer()),
  signal: nullable(Type.String()),
  error: nullable(StepError),
})
export type Attempt = Static<typeof Attempt>

export const RunStep = Type.Object({
  name: Type.String(),
  status: StepStatus,
  needs: Type.Array(Type.String(), { description: 'Steps that must end first: the edges of the graph.' }),
  uses: nullable(Type.String()),
  command: Type.Union([Type.Array(Type.String()), Type.Null()]),
  environment: nullable(Type.String()),
  attempts: Type.Array(Attempt),
  startedAt: nullable(Millis),
  finishedAt: nullable(Millis),
  inputs: Type.Record(Type.String(), SourcedArtifact),
  parameters: Type.Record(Type.String(), Type.Unknown()),
  outputs: Type.Record(Type.String(), Artifact),
  cache: Type.Object({
    key: nullable(Digest),
    hit: Type.Boolean(),
    from: nullable(Type.String({ description: 'The run that made the outputs that were taken.' })),
  }),
  error: nullable(StepError),
})
export type RunStep = Static<typeof RunStep>

export const RunSummary = Type.Object({
  id: Type.String(),
  project: Name,
  pipeline: Name,
  pipelineVersion: Type.Integer({ minimum: 1 }),
  label: nullable(Type.String()),
  status: RunStatus,
  createdAt: Millis,
  finishedAt: nullable(Millis),
  startedBy: Actor,
  reproduces: nullable(Type.String({ description: 'The run that this one repeats.' })),
  trackingRun: nullable(Type.String()),
  steps: Type.Object({
    total: Type.Integer(),
    succeeded: Type.Integer(),
    cached: Type.Integer(),
    failed: Type.Integer(),
    open: Type.Integer({ description: 'Steps that have not ended yet.' }),
  }),
})
export type RunSummary = Static<typeof RunSummary>

export const Run = Type.Composite([
  RunSummary,
  Type.Object({
    parameters: Type.Record(Type.String(), Type.Unknown()),
    inputs: Type.Record(Type.String(), SourcedArtifact, { description: 'Pinned when the run started.' }),
    code: Type.Union([Type.Object({ tree: Digest }), Type.Null()]),
    environments: Type.Record(Type.String(), Type.Object({ lock: Digest }), {
      description: 'Locks, by environment.',
    }),
    useCache: Type.Boolean(),
    cost: Type.Object(
      { wallMs: Type.Integer(), cpuMs: Type.Integer() },
      { description: 'Sum over all attempts.' },
    ),
    plan: Type.Array(RunStep, { description: 'Steps in an order in which they may run.' }),
  }),
])
export type Run = Static<typeof Run>

export const PipelineSummary = Type.Object({
  name: Name,
  version: Type.Integer({ minimum: 1 }),
  digest: Digest,
  description: nullable(Type.String()),
  steps: Type.Array(Type.String()),
  lastRun: Type.Union([RunSummary, Type.Null()]),
})

export const PlannedStep = Type.Object({
  name: Type.String(),
  needs: Type.Array(Type.String()),
  uses: nullable(Type.String()),
  command: Type.Union([Type.Array(Type.String()), Type.Null()]),
  environment: nullable(Type.String()),
  outputs: Type.Record(Type.String(), OutputKind),
})

export const LogPart = Type.Object({
  text: Type.String(),
  offset: Type.Integer({ description: 'First byte of this part.' }),
  nextOffset: Type.Integer({ description: 'Ask with this offset for what follows.' }),
  complete: Type.Boolean({ description: 'The attempt has ended and nothing follows.' }),
  attempt: Type.Integer(),
  preparing: Type.Optional(
    Type.String({ description: 'While the environment of the step is being built: the end of that log.' }),
  ),
})
export type LogPart = Static<typeof LogPart>

const Difference = Type.Object({
  path: Type.String({ description: 'What differs, for example inputs.flights.' }),
  here: Type.Unknown(),
  there: Type.Unknown(),
})

export const Comparison = Type.Object({
  equal: Type.Boolean({ description: 'All steps that both runs have gave the same digests.' }),
  run: Type.String(),
  other: Type.String(),
  steps: Type.Array(
    Type.Object({
      step: Type.String(),
      verdict: Type.Union([
        Type.Literal('equal'),
        Type.Literal('different'),
        Type.Literal('not comparable'),
        Type.Literal('only here'),
        Type.Literal('only there'),
      ]),
      outputs: Type.Array(
        Type.Object({
          output: Type.String(),
          equal: Type.Boolean(),
          here: nullable(Digest),
          there: nullable(Digest),
        }),
      ),
    }),
  ),
})
export type Comparison = Static<typeof Comparison>

export const Why = Type.Object({
  step: Type.String(),
  run: Type.String(),
  other: nullable(Type.String({ description: 'The run it is compared with.' })),
  hit: Type.Boolean(),
  explanation: Type.String({ description: 'One sentence.' }),
  differences: Type.Array(Difference, { description: 'The first is the one that decided.' }),
})
export type Why = Static<typeof Why>
