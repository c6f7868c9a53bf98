import {
  bytes,
  Digest,
  Millis,
  Name,
  Page,
  Project,
  route,
  type RouteTable,
  Type,
} from '../kernel/contract.ts'
import { AlertView, LineageGraph, MonitorView, PredictionView, WindowView } from './schemas.ts'

const base = '/api/v1/projects/:project'
const OneMonitor = Type.Object({ project: Name, monitor: Name })
const next = Type.Optional(Type.String({ description: 'Give it as `after` for the next page.' }))

export const monitoringRoutes = {
  listMonitors: route({
    method: 'GET',
    path: `${base}/monitors`,
    summary: 'Lists the monitors of a project with the status of their newest window.',
    can: 'monitors:read',
    params: Project,
    reply: Type.Object({ monitors: Type.Array(MonitorView) }),
  }),
  getMonitor: route({
    method: 'GET',
    path: `${base}/monitors/:monitor`,
    summary:
      'Shows a monitor and its windows in order of time: quality by version and role, drift by column, verdicts.',
    can: 'monitors:read',
    params: OneMonitor,
    query: Type.Object({ limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 60 })) }),
    reply: Type.Object({
      monitor: MonitorView,
      windows: Type.Array(WindowView),
      alerts: Type.Array(AlertView),
    }),
    errors: ['not_found'],
  }),
  getWindow: route({
    method: 'GET',
    path: `${base}/monitors/:monitor/windows/:window`,
    summary: 'Shows one window.',
    can: 'monitors:read',
    params: Type.Object({ project: Name, monitor: Name, window: Type.String() }),
    reply: WindowView,
    errors: ['not_found'],
  }),
  getWindowRows: route({
    method: 'GET',
    path: `${base}/monitors/:monitor/windows/:window/rows`,
    summary: 'Gives the rows of a window with answers and labels as one Parquet file.',
    can: 'monitors:read',
    params: Type.Object({ project: Name, monitor: Name, window: Type.String() }),
    reply: bytes,
    errors: ['not_found'],
  }),
  evaluateMonitor: route({
    method: 'POST',
    path: `${base}/monitors/:monitor/evaluate`,
    summary:
      'Evaluates the windows that touch a span of event time now, closed or not, and answers with them.',
    can: 'monitors:write',
    params: OneMonitor,
    body: Type.Object(
      {
        from: Type.Optional({ ...Millis, description: 'Default: the first captured event.' }),
        to: Type.Optional({ ...Millis, description: 'Default: the last captured event.' }),
      },
      { additionalProperties: false },
    ),
    reply: Type.Object({ windows: Type.Array(WindowView) }),
    errors: ['not_found', 'conflict'],
  }),
  listAlerts: route({
    method: 'GET',
    path: `${base}/alerts`,
    summary: 'Lists alerts, newest first.',
    can: 'monitors:read',
    params: Project,
    query: Type.Composite([
      Page,
      Type.Object({
        status: Type.Optional(Type.Union([Type.Literal('open'), Type.Literal('resolved')])),
        monitor: Type.Optional(Name),
      }),
    ]),
    reply: Type.Object({ alerts: Type.Array(AlertView), next }),
  }),
  acknowledgeAlert: route({
    method: 'POST',
    path: `${base}/alerts/:alert/acknowledge`,
    summary: 'Notes that somebody has seen an alert; it stays open until a window is fine.',
    can: 'monitors:write',
    params: Type.Object({ project: Name, alert: Type.String() }),
    body: Type.Object(
      { note: Type.Optional(Type.String({ maxLength: 2000 })) },
      { additionalProperties: false },
    ),
    reply: AlertView,
    errors: ['not_found', 'conflict'],
  }),
  sendFeedback: route({
    method: 'POST',
    path: `${base}/endpoints/:endpoint/feedback`,
    summary: 'Takes true outcomes of earlier predictions; the last label of a prediction counts.',
    can: 'feedback:write',
    params: Type.Object({ project: Name, endpoint: Name }),
    body: Type.Object(
      {
        labels: Type.Array(
          Type.Object(
            {
              prediction: Type.String({
                pattern: '^[A-Za-z0-9_-]{1,100}\\.[0-9]{1,9}$',
                description: 'The `id` of the prediction.',
              }),
              value: Type.Union([Type.Number(), Type.Boolean()], {
                description: 'What really happened: 0, 1, or a number.',
              }),
              at: Type.Optional({ ...Millis, description: 'When it was known (default: now).' }),
            },
            { additionalProperties: false },
          ),
          { minItems: 1, maxItems: 10_000 },
        ),
      },
      { additionalProperties: false },
    ),
    reply: Type.Object({
      feedback: Type.String(),
      accepted: Type.Integer(),
      unknown: Type.Integer({
        description: 'Labels whose capture has not arrived (yet); they are kept and joined when it comes.',
      }),
      duplicates: Type.Integer(),
    }),
    bodyLimit: 8 * 1024 * 1024,
  }),
  uploadCapture: route({
    method: 'POST',
    path: '/api/v1/agents/:agent/captures',
    summary:
      'Takes one capture segment (NDJSON) from an agent; sending the same segment again changes nothing.',
    can: 'agents:sync',
    params: Type.Object({ agent: Name }),
    query: Type.Object({
      segment: Type.String({ pattern: '^[A-Za-z0-9_-]{1,100}$' }),
      project: Name,
      endpoint: Name,
      from: Type.Optional(
        Type.Integer({
          description: 'First event time as the agent sees it; the server reads its own from the lines.',
        }),
      ),
      to: Type.Optional(Type.Integer()),
      rows: Type.Optional(
        Type.Integer({
          minimum: 0,
          description: 'Lines in the segment; refused when the body has another number.',
        }),
      ),
    }),
    body: bytes,
    reply: Type.Object({
      segment: Type.String(),
      digest: Digest,
      rows: Type.Integer(),
      stored: Type.Boolean(),
    }),
    errors: ['invalid', 'conflict', 'too_large'],
    bodyLimit: 64 * 1024 * 1024,
  }),
  getPrediction: route({
    method: 'GET',
    path: `${base}/predictions/:prediction`,
    summary: 'Shows what one prediction was asked, what was answered by whom, and its label.',
    can: 'monitors:read',
    params: Type.Object({ project: Name, prediction: Type.String() }),
    reply: PredictionView,
    errors: ['not_found'],
  }),
  getPredictionLineage: route({
    method: 'GET',
    path: `${base}/predictions/:prediction/lineage`,
    summary: 'Walks one prediction back to release, model version, run, code, environment and raw data.',
    can: 'monitors:read',
    params: Type.Object({ project: Name, prediction: Type.String() }),
    reply: LineageGraph,
    errors: ['not_found'],
  }),
  listPredictions: route({
    method: 'GET',
    path: `${base}/endpoints/:endpoint/predictions`,
    summary: 'Gives some captured predictions of the newest segments, to look into.',
    can: 'monitors:read',
    params: Type.Object({ project: Name, endpoint: Name }),
    query: Type.Object({ limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })) }),
    reply: Type.Object({
      predictions: Type.Array(
        Type.Object({ id: Type.String(), at: Millis, version: Type.Integer(), output: Type.Unknown() }),
      ),
    }),
  }),
} satisfies RouteTable
