import { Digest, Millis, Type, type Static, type TSchema } from '../kernel/contract.ts'

const nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()])
const oneOf = <const T extends readonly string[]>(words: T, description?: string) =>
  Type.Unsafe<T[number]>({ type: 'string', enum: [...words], ...(description ? { description } : {}) })
const Share = Type.Number({ minimum: 0, maximum: 1 })
const Level = Type.Integer({ minimum: 0, maximum: 4 })

export const columns = [
  'highlights',
  'technology',
  'people',
  'model creation',
  'model release',
  'application integration',
] as const
export type Column = (typeof columns)[number]

const kinds = ['cap', 'sym', 'neutral', 'org'] as const
export type Kind = (typeof kinds)[number]

const states = ['met', 'not_met', 'insufficient', 'not_applicable', 'declared', 'not_measured'] as const
export type State = (typeof states)[number]

export const State = oneOf(
  states,
  'met; not_met; insufficient: fewer records than the stated minimum; not_applicable and declared: said by a person, with a date; not_measured: the product keeps no such record yet. Only met, not_applicable and (beside the measured figure) declared count.',
)
const ColumnName = oneOf(columns)

export const Interval = Type.Object(
  { low: Share, high: Share },
  { description: 'Wilson interval of the share, 95 %.' },
)
export type Interval = Static<typeof Interval>

const Next = Type.Object({
  say: Type.String({ description: 'What to do, in a sentence.' }),
  command: nullable(Type.String({ description: 'A command that does it, where there is one.' })),
})

export const Evidence = Type.Object({
  id: Type.String({ description: 'K01 to K53.' }),
  title: Type.String(),
  asks: Type.String({ description: 'What is counted, over what.' }),
  threshold: Type.String({ description: 'When it counts as met, in words.' }),
  windowDays: nullable(Type.Integer({ description: 'How far back it looks; null: only what is true now.' })),
  minimum: Type.Integer({ description: 'With fewer records it is insufficient.' }),
  state: State,
  grades: Type.Array(Type.Object({ level: Level, state: State }), {
    description: 'Where the levels ask different things of the same figure.',
  }),
  sentence: Type.String({ description: 'The figures in words: «14 of 16 releases …».' }),
  n: nullable(Type.Integer({ description: 'How many hold.' })),
  of: nullable(Type.Integer({ description: 'Of how many.' })),
  share: nullable(Share),
  interval: nullable(Interval),
  seqs: Type.Array(Type.Integer(), {
    description: 'Events of the ledger behind the figure, at most 50, those that fail first.',
  }),
  missing: nullable(Type.String({ description: 'Which records are not kept yet, where that decides.' })),
  limits: nullable(Type.String({ description: 'What this figure cannot see.' })),
  next: Next,
  bullets: Type.Array(Type.String(), { description: 'The bullets that rest on it.' }),
})
export type Evidence = Static<typeof Evidence>

export const EvidenceRow = Type.Object({
  label: Type.String(),
  holds: Type.Boolean(),
  why: Type.String(),
  subject: Type.String({ description: 'What it is about, as the ledger names it.' }),
  seqs: Type.Array(Type.Integer(), { description: 'The events that prove it.' }),
})
export type EvidenceRow = Static<typeof EvidenceRow>

export const Bullet = Type.Object({
  id: Type.String({ description: 'Level, column and place: L2.C3.' }),
  level: Level,
  column: ColumnName,
  kind: oneOf(
    kinds,
    'cap must hold; sym is a symptom, never required; neutral never decides; org is about people, where records are only a sign.',
  ),
  quote: Type.String({ description: 'The model’s own words, in Portuguese.' }),
  translation: Type.String(),
  state: State,
  present: nullable(
    Type.Boolean({ description: 'Of a symptom: still there? null: not known, or no symptom.' }),
  ),
  evidence: Type.Array(Type.String()),
  sentence: Type.String({ description: 'The sentence of the evidence that decides.' }),
})
export type Bullet = Static<typeof Bullet>

const ColumnLevel = Type.Object({
  column: ColumnName,
  measured: Level,
  declared: Level,
  deciding: Type.Boolean({ description: 'The people column never lowers the measured level.' }),
  levels: Type.Array(
    Type.Object({
      level: Level,
      met: Type.Integer({ description: 'Capabilities that hold.' }),
      of: Type.Integer({ description: 'Capabilities that this level asks for.' }),
      reached: Type.Boolean(),
    }),
    { description: 'Levels 1 to 4 of this column.' },
  ),
})

export const Figure = Type.Object({
  id: oneOf([
    'lead_time',
    'deployment_frequency',
    'change_failure_rate',
    'time_to_restore',
    'alert_to_model',
    'retrain_frequency',
  ]),
  title: Type.String(),
  unit: oneOf(['ms', 'per week', 'share']),
  value: nullable(Type.Number({ description: 'Median of times; null while there is nothing to count.' })),
  p90: nullable(Type.Number({ description: 'Of times: nine in ten took no longer.' })),
  n: Type.Integer({ description: 'How many records it rests on.' }),
  interval: nullable(Interval),
  sentence: Type.String(),
  rows: Type.Array(
    Type.Object({
      label: Type.String(),
      value: nullable(Type.Number()),
      at: Millis,
      seqs: Type.Array(Type.Integer()),
    }),
    { description: 'The newest 100 records behind it, oldest first.' },
  ),
})
export type Figure = Static<typeof Figure>

export const Step = Type.Object({
  evidence: Type.String(),
  title: Type.String(),
  state: State,
  sentence: Type.String(),
  unlocks: Type.Array(Type.String(), { description: 'Bullets that it would help to hold.' }),
  effort: oneOf(
    ['minutes', 'hours', 'days', 'not yet possible'],
    'Estimated, for ordering only. not yet possible: the product keeps no such record yet.',
  ),
  say: Type.String(),
  command: nullable(Type.String()),
})
export type Step = Static<typeof Step>

export const Report = Type.Object({
  project: Type.String(),
  at: Millis,
  head: Type.Integer({ description: 'The newest event that was counted.' }),
  measured: Type.Object({
    level: Level,
    holdingBack: Type.Array(ColumnName, { description: 'The columns that are at this level.' }),
  }),
  declared: Type.Object({
    level: Level,
    items: Type.Integer({ description: 'How many items rest on a declaration.' }),
    sentence: Type.String(),
  }),
  counts: Type.Object({
    bullets: Type.Integer(),
    capabilities: Type.Integer(),
    capabilitiesMet: Type.Integer(),
    evidence: Type.Record(Type.String(), Type.Integer(), { description: 'Kinds of evidence by state.' }),
    symptomsPresent: Type.Integer(),
    symptomsOvercome: Type.Integer(),
  }),
  columns: Type.Array(ColumnLevel),
  bullets: Type.Array(Bullet),
  evidence: Type.Array(Evidence),
  delivery: Type.Object({ windowDays: Type.Integer(), figures: Type.Array(Figure) }),
  next: Type.Object({
    level: nullable(Level),
    steps: Type.Array(Step),
  }),
  definition: Type.Object({
    digest: Digest,
    summary: Type.String(),
  }),
  limits: Type.Array(Type.String(), { description: 'What this report cannot see.' }),
})
export type Report = Static<typeof Report>
