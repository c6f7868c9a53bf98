import { definition, Digest, event, Millis, Name, route, Type, type Static } from '../kernel/contract.ts'

const closed = { additionalProperties: false } as const
const Column = Type.String({ minLength: 1, maxLength: 200 })

// ---- esteira.yaml: features ---------------------------------------------------------------------------------

export const FeatureType = Type.Union([
  Type.Literal('number'),
  Type.Literal('string'),
  Type.Literal('boolean'),
])
export type FeatureType = Static<typeof FeatureType>

export const featureViewDefinition = definition({
  kind: 'featureView',
  section: 'features',
  summary: 'Columns of a repository by an entity key: the same definition for training and for serving.',
  schema: Type.Object(
    {
      description: Type.Optional(
        Type.String({ maxLength: 1000, description: 'What the features say, in a sentence.' }),
      ),
      entity: Type.String({
        ...Column,
        description: 'Key column, of the same name in the source and in what is joined.',
      }),
      repository: Type.String({ ...Name, description: 'Repository with the source files.' }),
      path: Type.Optional(
        Type.String({
          minLength: 1,
          maxLength: 1000,
          default: '**/*.parquet',
          description:
            'Which files: a glob over paths. Parquet and CSV files are read. Default **/*.parquet.',
        }),
      ),
      timestamp: Type.Optional(
        Type.String({
          ...Column,
          description:
            'Column with the time from which a row holds; naive times are UTC. Absent: rows hold always.',
        }),
      ),
      created: Type.Optional(
        Type.String({
          ...Column,
          description:
            'Column with the time at which a row was written: of two rows for one time the later written wins.',
        }),
      ),
      ttl: Type.Optional(
        Type.String({
          pattern: '^[1-9][0-9]*(s|m|h|d)$',
          description: 'How long a row holds, for example 6h; needs timestamp. Absent: without end.',
        }),
      ),
      features: Type.Record(Type.String({ minLength: 1, maxLength: 200 }), FeatureType, {
        minProperties: 1,
        description: 'Column names with their types: number, string or boolean.',
      }),
      online: Type.Optional(
        Type.Boolean({
          description: 'Keep the latest row of each key ready for predictions. Default false.',
        }),
      ),
    },
    closed,
  ),
})
export type FeatureViewBody = Static<typeof featureViewDefinition.schema>

// ---- esteira.yaml: `with` of a step that says `uses: features/join` -------------------------------------------

const Spine = Type.Object(
  {
    input: Type.String({
      minLength: 1,
      description: 'Step input that holds the rows to which features are added.',
    }),
    path: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'Which files of the input: a glob. Default all Parquet and CSV files.',
      }),
    ),
    sql: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'One SELECT (DuckDB) over tables named like the inputs. Absent: all columns of `input`.',
      }),
    ),
    timestamp: Type.Optional(
      Type.String({ ...Column, description: 'Column with the time as of which features are looked up.' }),
    ),
  },
  closed,
)

/** What `with:` of a step that uses `features/join` may say. */
export const JoinWith = Type.Object(
  {
    spine: Spine,
    views: Type.Array(
      Type.Union([
        Name,
        Type.Object(
          {
            view: Name,
            input: Type.Optional(
              Type.String({
                minLength: 1,
                description: 'Step input to read; needed when two hold the same repository.',
              }),
            ),
            features: Type.Optional(
              Type.Array(Type.String({ minLength: 1 }), {
                minItems: 1,
                description: 'Only these. Default all.',
              }),
            ),
          },
          closed,
        ),
      ]),
      { minItems: 1, description: 'Feature views to join.' },
    ),
    fullNames: Type.Optional(
      Type.Boolean({ description: 'Name feature columns view__feature. Default false: feature.' }),
    ),
  },
  closed,
)
export type JoinWith = Static<typeof JoinWith>

// ---- Online snapshots ---------------------------------------------------------------------------------------

/** One line of a snapshot blob (NDJSON, sorted by the UTF-8 bytes of `key`, each key once). */
export const SnapshotLine = Type.Object({
  key: Type.String({ description: 'Entity key as text.' }),
  at: Type.Union([Type.Integer(), Type.Null()], {
    description: 'Time of the row (epoch ms); null without timestamp.',
  }),
  values: Type.Record(Type.String(), Type.Union([Type.Number(), Type.String(), Type.Boolean(), Type.Null()])),
})
export type SnapshotLine = Static<typeof SnapshotLine>

export const Materialisation = Type.Object({
  version: Type.Integer({ minimum: 1, description: 'Version of the view that made it.' }),
  commit: Type.String({ description: 'Data commit that was read.' }),
  digest: Type.String({ ...Digest, description: 'Snapshot blob.' }),
  rows: Type.Integer({ minimum: 0, description: 'Keys in the snapshot.' }),
  at: Millis,
})
export type Materialisation = Static<typeof Materialisation>

export const FeatureView = Type.Object({
  name: Name,
  version: Type.Integer({ minimum: 1 }),
  body: featureViewDefinition.schema,
  createdBy: Type.Object({ id: Type.String(), name: Type.String() }),
  createdAt: Millis,
  online: Type.Union([Materialisation, Type.Null()], { description: 'The snapshot that is served now.' }),
  lastError: Type.Union([
    Type.Object({ message: Type.String(), commit: Type.String(), at: Millis }),
    Type.Null(),
  ]),
})
export type FeatureView = Static<typeof FeatureView>

const OnlineStatus = Type.Union([
  Type.Literal('PRESENT'),
  Type.Literal('NOT_FOUND'),
  Type.Literal('OUTSIDE_MAX_AGE'),
])

export const OnlineRow = Type.Object({
  key: Type.String(),
  status: OnlineStatus,
  at: Type.Union([Type.Integer(), Type.Null()]),
  values: Type.Record(Type.String(), Type.Union([Type.Number(), Type.String(), Type.Boolean(), Type.Null()])),
})
export type OnlineRow = Static<typeof OnlineRow>

// ---- Events -------------------------------------------------------------------------------------------------

export const viewMaterialised = event({
  type: 'features.materialized',
  summary: 'A feature view has a new online snapshot.',
  data: Type.Object({
    view: Name,
    version: Type.Integer({ minimum: 1 }),
    commit: Type.String(),
    digest: Digest,
    rows: Type.Integer({ minimum: 0 }),
  }),
})
export const materialisationFailed = event({
  type: 'features.materialization.failed',
  summary: 'A feature view could not be made ready for predictions; the snapshot before stays.',
  data: Type.Object({
    view: Name,
    version: Type.Integer({ minimum: 1 }),
    commit: Type.String(),
    error: Type.String(),
  }),
})

// ---- Routes -------------------------------------------------------------------------------------------------

const views = '/api/v1/projects/:project/features' as const
const OneView = Type.Object({ project: Name, view: Name })

export const featuresRoutes = {
  listFeatureViews: route({
    method: 'GET',
    path: `${views}/views`,
    summary: 'Lists the feature views of a project with their online snapshots.',
    can: 'features:read',
    params: Type.Object({ project: Name }),
    reply: Type.Object({ views: Type.Array(FeatureView) }),
  }),
  getFeatureView: route({
    method: 'GET',
    path: `${views}/views/:view`,
    summary: 'Shows one feature view.',
    can: 'features:read',
    params: OneView,
    reply: FeatureView,
    errors: ['not_found'],
  }),
  materialiseFeatureView: route({
    method: 'POST',
    path: `${views}/views/:view/materialise`,
    summary: 'Makes the online snapshot of a view from the head of its repository, now.',
    can: 'features:write',
    params: OneView,
    reply: FeatureView,
    errors: ['not_found', 'conflict', 'invalid'],
  }),
  readOnlineFeatures: route({
    method: 'POST',
    path: `${views}/online`,
    summary: 'Reads the latest features of up to 1,000 keys, for each view that is asked for.',
    can: 'features:read',
    params: Type.Object({ project: Name }),
    body: Type.Object(
      {
        views: Type.Array(Name, { minItems: 1, maxItems: 20 }),
        keys: Type.Array(Type.Union([Type.String(), Type.Number(), Type.Boolean()]), {
          minItems: 1,
          maxItems: 1000,
        }),
      },
      closed,
    ),
    reply: Type.Object({
      views: Type.Array(
        Type.Object({
          view: Name,
          entity: Type.String(),
          digest: Digest,
          rows: Type.Array(OnlineRow, { description: 'One for each key, in the order of `keys`.' }),
        }),
      ),
    }),
    errors: ['not_found', 'conflict'],
  }),
}
