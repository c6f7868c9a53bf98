import { Actor, Digest, Millis, type Static, Type } from '../kernel/contract.ts'
import { Monitor } from './definition.ts'

const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()])
const Role = Type.Union([Type.Literal('live'), Type.Literal('shadow'), Type.Literal('any')])

/** One line of a capture segment: one answered row of one variant. Shadow lines repeat the id of the live answer. */
export const CaptureLine = Type.Object({
  id: Type.String({ description: '`<segment>.<row>`' }),
  at: Type.Union([Type.Integer(), Type.String()], { description: 'When it was answered.' }),
  eventTime: Type.Optional(orNull(Type.Union([Type.Integer(), Type.String()]))),
  variant: Type.String(),
  role: Type.Union([Type.Literal('live'), Type.Literal('shadow')]),
  version: Type.Integer(),
  release: Type.Optional(Type.String()),
  inputs: Type.Record(Type.String(), Type.Unknown()),
  output: Type.Optional(Type.Unknown()),
  latencyMs: Type.Optional(Type.Number()),
  error: Type.Optional(Type.String()),
})
export type CaptureLine = Static<typeof CaptureLine>

export const Quality = Type.Object({
  role: { ...Role, description: '`any`: every row that this version answered, live or in shadow.' },
  version: orNull(Type.Integer({ description: 'null: all live versions together.' })),
  rows: Type.Integer(),
  errors: Type.Integer(),
  labelled: Type.Integer(),
  metrics: Type.Record(Type.String(), orNull(Type.Number()), {
    description:
      'By name: auc, log_loss, brier, calibration_gap, calibration_error, mean_prediction, label_rate. null when it cannot be said.',
  }),
  meanPrediction: orNull(Type.Number({ description: 'Over all rows, labelled or not.' })),
  latencyP50Ms: orNull(Type.Number()),
  latencyP95Ms: orNull(Type.Number()),
})
export type Quality = Static<typeof Quality>

export const ColumnDrift = Type.Object({
  column: Type.String(),
  type: Type.Union([Type.Literal('numeric'), Type.Literal('categorical')]),
  method: Type.String(),
  value: orNull(Type.Number()),
  limit: Type.Number(),
  pValue: Type.Optional(Type.Number()),
  drifted: Type.Boolean(),
  reason: Type.Optional(
    Type.String({ description: 'Why it counts as drifted, or why it could not be measured.' }),
  ),
  nullRate: orNull(Type.Number()),
  referenceNullRate: orNull(Type.Number()),
  mean: orNull(Type.Number()),
  referenceMean: orNull(Type.Number()),
  unseen: Type.Array(Type.String(), {
    description: 'Categories that the baseline does not know (at most 20).',
  }),
  bins: Type.Array(Type.Object({ label: Type.String(), reference: Type.Number(), current: Type.Number() }), {
    description: 'Shares by bin, to draw both distributions.',
  }),
})
export type ColumnDrift = Static<typeof ColumnDrift>

export const RuleVerdict = Type.Object({
  rule: Type.String(),
  verdict: Type.Union([
    Type.Literal('fine'),
    Type.Literal('broken'),
    Type.Literal('insufficient'),
    Type.Literal('waiting'),
    Type.Literal('unknown'),
  ]),
  value: orNull(Type.Number()),
  limit: Type.Number(),
  direction: Type.Union([Type.Literal('above'), Type.Literal('below')]),
  reason: Type.Optional(Type.String()),
})
export type RuleVerdict = Static<typeof RuleVerdict>

export const WindowView = Type.Object({
  id: Type.String({ description: 'For example 2013-04.' }),
  from: Millis,
  to: Millis,
  status: Type.Union(
    [
      Type.Literal('fine'),
      Type.Literal('broken'),
      Type.Literal('insufficient'),
      Type.Literal('waiting'),
      Type.Literal('unknown'),
    ],
    { description: 'waiting: quality cannot be judged before more labels come.' },
  ),
  evaluatedAt: Millis,
  closed: Type.Boolean(),
  rows: Type.Integer({ description: 'Live rows.' }),
  labelled: Type.Integer({ description: 'Live rows with a label.' }),
  unknownLabels: Type.Integer({
    description: 'Labels for predictions of these segments that were never captured.',
  }),
  duplicateLabels: Type.Integer({ description: 'Labels that a later one replaced.' }),
  badLines: Type.Integer(),
  quality: Type.Array(Quality),
  drift: Type.Array(ColumnDrift),
  drifted: Type.Array(Type.String()),
  baseline: orNull(Type.Object({ model: Type.String(), version: Type.Integer(), digest: Digest })),
  rules: Type.Array(RuleVerdict),
  rowsDigest: orNull({
    ...Digest,
    description: 'Rows of the window as one Parquet file: inputs, answers and labels.',
  }),
  notes: Type.Array(Type.String()),
})
export type WindowView = Static<typeof WindowView>

export const AlertView = Type.Object({
  id: Type.String(),
  monitor: Type.String(),
  endpoint: Type.String(),
  rule: Type.String(),
  status: Type.Union([Type.Literal('open'), Type.Literal('resolved')]),
  value: Type.Number(),
  limit: Type.Number(),
  direction: Type.Union([Type.Literal('above'), Type.Literal('below')]),
  window: Type.Object({ id: Type.String(), from: Millis, to: Millis }),
  version: orNull(Type.Integer()),
  drifted: Type.Array(Type.String()),
  raisedAt: Millis,
  raisedSeq: orNull(Type.Integer({ description: 'Sequence of the event in the ledger.' })),
  windows: Type.Integer({ description: 'Windows that broke the limit while it was open.' }),
  lastValue: Type.Number(),
  lastWindow: Type.String(),
  resolvedAt: orNull(Millis),
  resolvedWindow: orNull(Type.String()),
  acknowledgedAt: orNull(Millis),
  acknowledgedBy: orNull(Actor),
  note: orNull(Type.String()),
})
export type AlertView = Static<typeof AlertView>

export const MonitorView = Type.Object({
  name: Type.String(),
  version: Type.Integer(),
  endpoint: Type.String(),
  description: orNull(Type.String()),
  definition: Monitor,
  status: Type.String({ description: 'The status of the newest window, or `empty`.' }),
  openAlerts: Type.Integer(),
  windows: Type.Integer(),
  lastWindow: orNull(Type.String()),
  captures: Type.Object({
    segments: Type.Integer(),
    rows: Type.Integer(),
    from: orNull(Millis),
    to: orNull(Millis),
  }),
  labels: Type.Object({ received: Type.Integer(), unknown: Type.Integer() }),
})
export type MonitorView = Static<typeof MonitorView>

export const PredictionView = Type.Object({
  id: Type.String(),
  endpoint: Type.String(),
  segment: Type.String(),
  segmentDigest: Digest,
  line: CaptureLine,
  shadows: Type.Array(CaptureLine),
  label: orNull(Type.Object({ value: Type.Number(), at: Millis, feedback: Type.String() })),
  release: orNull(
    Type.Object({ id: Type.String(), model: Type.String(), version: Type.Integer(), link: Type.String() }),
  ),
  explanation: Type.String({
    description: 'In a sentence: which release answered, with which version, why.',
  }),
})
export type PredictionView = Static<typeof PredictionView>

export const LineageNode = Type.Object({
  id: Type.String(),
  kind: Type.Union(
    (
      [
        'prediction',
        'release',
        'model version',
        'pipeline run',
        'step',
        'output',
        'code',
        'environment',
        'data commit',
        'raw file',
      ] as const
    ).map((kind) => Type.Literal(kind)),
  ),
  label: Type.String(),
  digest: orNull(Type.String()),
  link: orNull(Type.String({ description: 'Path of the page that shows it.' })),
  detail: Type.Record(Type.String(), Type.Unknown()),
})
export type LineageNode = Static<typeof LineageNode>

export const LineageGraph = Type.Object({
  root: Type.String(),
  nodes: Type.Array(LineageNode),
  edges: Type.Array(Type.Object({ from: Type.String(), to: Type.String(), label: Type.String() }), {
    description: 'From what was made to what it was made from.',
  }),
  notes: Type.Array(Type.String(), { description: 'What could not be followed, and why.' }),
})
export type LineageGraph = Static<typeof LineageGraph>

const ColumnBaseline = Type.Object({
  name: Type.String(),
  type: Type.Union([
    Type.Literal('numeric'),
    Type.Literal('categorical'),
    Type.Literal('time'),
    Type.Literal('other'),
  ]),
  count: Type.Integer({ description: 'Rows with a value.' }),
  nulls: Type.Integer(),
  distinct: Type.Integer(),
  mean: Type.Optional(Type.Number()),
  std: Type.Optional(Type.Number({ description: 'Of the population (divided by n).' })),
  min: Type.Optional(Type.Number()),
  max: Type.Optional(Type.Number()),
  edges: Type.Optional(
    Type.Array(Type.Number(), {
      description: 'Inner edges of the quantile bins; a bin holds its lower edge.',
    }),
  ),
  counts: Type.Optional(Type.Array(Type.Integer(), { description: 'One more than edges.' })),
  grid: Type.Optional(
    Type.Object(
      {
        edges: Type.Array(Type.Number()),
        counts: Type.Array(Type.Integer(), {
          description: 'One more than edges; the first is below the first edge.',
        }),
        means: Type.Array(orNull(Type.Number())),
        exact: Type.Boolean({ description: 'Each edge is one value and there are no others.' }),
      },
      { description: 'A finer histogram, for distances of distributions.' },
    ),
  ),
  categories: Type.Optional(Type.Array(Type.Object({ value: Type.String(), count: Type.Integer() }))),
  other: Type.Optional(Type.Integer({ description: 'Rows whose category is not among the listed ones.' })),
})
export type ColumnBaseline = Static<typeof ColumnBaseline>

export const Baseline = Type.Object({
  format: Type.Literal('esteira.baseline/1'),
  rows: Type.Integer(),
  columns: Type.Array(ColumnBaseline),
  label: orNull(Type.Object({ column: Type.String(), rate: orNull(Type.Number()), count: Type.Integer() })),
  prediction: orNull(ColumnBaseline),
})
export type Baseline = Static<typeof Baseline>
