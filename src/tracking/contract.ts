import { bytes, event, Millis, nothing, Project, route, Type } from '../kernel/contract.ts'
import {
  Artifact,
  Experiment,
  HistoryPoint,
  Id,
  Key,
  Lifecycle,
  MetricPoint,
  Pairs,
  Run,
  RunStatus,
  RunSummary,
} from './schemas.ts'

export * from './schemas.ts'

const base = '/api/v1/projects/:project'

const Path = Type.String({ minLength: 1, maxLength: 1000 })
const InRun = Type.Object({ ...Project.properties, run: Id })
const InExperiment = Type.Object({ ...Project.properties, experiment: Id })
const Limit = Type.Integer({ minimum: 1, maximum: 1000, default: 100 })
const After = Type.String({ description: 'The `next` of the page before.' })

export const trackingRoutes = {
  listExperiments: route({
    method: 'GET',
    path: `${base}/experiments`,
    summary: 'List the experiments of a project, the last changed first.',
    can: 'runs:read',
    params: Project,
    query: Type.Object({
      filter: Type.Optional(
        Type.String({ description: "For example: name ilike '%late%' and tags.team = 'ops'" }),
      ),
      lifecycle: Type.Optional(Lifecycle),
      limit: Type.Optional(Limit),
      after: Type.Optional(After),
    }),
    reply: Type.Object({ experiments: Type.Array(Experiment), next: Type.Optional(Type.String()) }),
    errors: ['invalid'],
  }),
  createExperiment: route({
    method: 'POST',
    path: `${base}/experiments`,
    summary: 'Create an experiment; its name is unique in the project.',
    can: 'runs:write',
    params: Project,
    body: Type.Object({
      name: Type.String({ minLength: 1, maxLength: 500 }),
      tags: Type.Optional(Pairs),
    }),
    reply: Experiment,
    errors: ['conflict', 'invalid'],
  }),
  getExperiment: route({
    method: 'GET',
    path: `${base}/experiments/:experiment`,
    summary: 'Show an experiment.',
    can: 'runs:read',
    params: InExperiment,
    reply: Experiment,
    errors: ['not_found'],
  }),
  searchRuns: route({
    method: 'GET',
    path: `${base}/runs`,
    summary: 'Search runs: filter, order and page through them.',
    can: 'runs:read',
    params: Project,
    query: Type.Object({
      experiment: Type.Optional(Id),
      pipelineRun: Type.Optional(Type.String()),
      filter: Type.Optional(
        Type.String({ description: "For example: metrics.auc > 0.7 and params.units = 'imperial'" }),
      ),
      order: Type.Optional(Type.String({ description: 'For example: metrics.auc desc, start_time' })),
      lifecycle: Type.Optional(Lifecycle),
      limit: Type.Optional(Limit),
      after: Type.Optional(After),
    }),
    reply: Type.Object({ runs: Type.Array(RunSummary), next: Type.Optional(Type.String()) }),
    errors: ['invalid'],
  }),
  createRun: route({
    method: 'POST',
    path: `${base}/runs`,
    summary: 'Start a run in an experiment (by default in the project’s experiment `Default`).',
    can: 'runs:write',
    params: Project,
    body: Type.Object({
      experiment: Type.Optional(Id),
      name: Type.Optional(Type.String({ maxLength: 250 })),
      startedAt: Type.Optional(Millis),
      tags: Type.Optional(Pairs),
    }),
    reply: RunSummary,
    errors: ['not_found', 'invalid'],
  }),
  getRun: route({
    method: 'GET',
    path: `${base}/runs/:run`,
    summary: 'Show a run with its parameters, latest metrics, tags, inputs and outputs.',
    can: 'runs:read',
    params: InRun,
    reply: Run,
    errors: ['not_found'],
  }),
  updateRun: route({
    method: 'PATCH',
    path: `${base}/runs/:run`,
    summary: 'Rename a run or set its status.',
    can: 'runs:write',
    params: InRun,
    body: Type.Object({
      name: Type.Optional(Type.String({ minLength: 1, maxLength: 250 })),
      status: Type.Optional(RunStatus),
      endedAt: Type.Optional(Millis),
    }),
    reply: RunSummary,
    errors: ['not_found', 'invalid'],
  }),
  logToRun: route({
    method: 'POST',
    path: `${base}/runs/:run/log`,
    summary: 'Log metrics, parameters and tags to a run, all or none.',
    can: 'runs:write',
    params: InRun,
    body: Type.Object({
      metrics: Type.Optional(Type.Array(MetricPoint, { maxItems: 1000 })),
      params: Type.Optional(Pairs),
      tags: Type.Optional(Pairs),
    }),
    reply: nothing,
    errors: ['not_found', 'invalid', 'conflict'],
  }),
  deleteRun: route({
    method: 'DELETE',
    path: `${base}/runs/:run`,
    summary: 'Move a run to the bin; it can be restored.',
    can: 'runs:write',
    params: InRun,
    reply: nothing,
    errors: ['not_found'],
  }),
  restoreRun: route({
    method: 'POST',
    path: `${base}/runs/:run/restore`,
    summary: 'Take a run back out of the bin.',
    can: 'runs:write',
    params: InRun,
    reply: nothing,
    errors: ['not_found'],
  }),
  metricHistory: route({
    method: 'GET',
    path: `${base}/runs/:run/history`,
    summary: 'All points of one metric, or a sample that keeps the first, the last and the extremes.',
    can: 'runs:read',
    params: InRun,
    query: Type.Object({
      metric: Key,
      points: Type.Optional(Type.Integer({ minimum: 2, maximum: 25000, default: 1000 })),
    }),
    reply: Type.Object({ points: Type.Array(HistoryPoint), total: Type.Integer() }),
    errors: ['not_found'],
  }),
  listArtifacts: route({
    method: 'GET',
    path: `${base}/runs/:run/artifacts`,
    summary: 'List the files and folders directly below a path of a run’s artifacts.',
    can: 'runs:read',
    params: InRun,
    query: Type.Object({ path: Type.Optional(Path) }),
    reply: Type.Object({ artifacts: Type.Array(Artifact) }),
    errors: ['not_found', 'invalid'],
  }),
  getArtifact: route({
    method: 'GET',
    path: `${base}/runs/:run/artifact`,
    summary: 'Download one artifact.',
    can: 'runs:read',
    params: InRun,
    query: Type.Object({ path: Path }),
    reply: bytes,
    errors: ['not_found', 'invalid'],
  }),
  putArtifact: route({
    method: 'PUT',
    path: `${base}/runs/:run/artifact`,
    summary: 'Upload one artifact; it is visible once it is whole.',
    can: 'runs:write',
    params: InRun,
    query: Type.Object({ path: Path }),
    body: bytes,
    reply: Artifact,
    errors: ['not_found', 'invalid'],
  }),
}

export const runStarted = event({
  type: 'run.started',
  summary: 'A tracked run began.',
  data: Type.Object({
    run: Id,
    experiment: Id,
    name: Type.String(),
    pipelineRun: Type.Union([Type.String(), Type.Null()]),
  }),
})

export const runFinished = event({
  type: 'run.finished',
  summary: 'A tracked run ended.',
  data: Type.Object({ run: Id, experiment: Id, name: Type.String(), status: RunStatus }),
})
