import { Digest, Name, Type, bytes, route } from '../kernel/contract.ts'
import { Identifier, Pipeline } from './definitions.contract.ts'
import {
  Comparison,
  LogPart,
  PipelineSummary,
  PlannedStep,
  Run,
  RunStatus,
  RunSummary,
  Why,
  nullable,
} from './run.contract.ts'

export * from './definitions.contract.ts'
export * from './run.contract.ts'
export * from './events.contract.ts'

const inProject = { project: Name }
const inRun = { ...inProject, run: Type.String({ pattern: '^[A-Za-z0-9_]{1,64}$' }) }
const inStep = { ...inRun, step: Identifier }
const limit = Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 50 }))

export const pipelineRoutes = {
  listPipelines: route({
    method: 'GET',
    path: '/api/v1/projects/:project/pipelines',
    summary: 'Lists the pipelines of a project, each with its last run.',
    can: 'pipelines:read',
    params: Type.Object(inProject),
    reply: Type.Object({ pipelines: Type.Array(PipelineSummary) }),
    errors: ['not_found'],
  }),
  getPipeline: route({
    method: 'GET',
    path: '/api/v1/projects/:project/pipelines/:pipeline',
    summary: 'Gives a pipeline: what is declared, and the steps it becomes.',
    can: 'pipelines:read',
    params: Type.Object({ ...inProject, pipeline: Name }),
    reply: Type.Object({
      name: Name,
      version: Type.Integer(),
      digest: Digest,
      declared: Pipeline,
      steps: Type.Array(PlannedStep),
    }),
    errors: ['not_found'],
  }),
  startRun: route({
    method: 'POST',
    path: '/api/v1/projects/:project/pipeline-runs',
    summary: 'Starts a run of a pipeline and pins its inputs.',
    can: 'pipelines:run',
    params: Type.Object(inProject),
    body: Type.Object(
      {
        pipeline: Name,
        parameters: Type.Optional(Type.Record(Identifier, Type.Unknown())),
        inputs: Type.Optional(
          Type.Record(
            Identifier,
            Type.Object(
              {
                ref: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
                alias: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
                version: Type.Optional(Type.Integer({ minimum: 1 })),
              },
              { additionalProperties: false },
            ),
            {
              description:
                'Other branch, tag or commit of a repository, or other alias or version of a model.',
            },
          ),
        ),
        cache: Type.Optional(Type.Boolean({ description: 'false runs every step.' })),
        label: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
      },
      { additionalProperties: false },
    ),
    reply: Run,
    errors: ['invalid', 'not_found', 'conflict'],
  }),
  listRuns: route({
    method: 'GET',
    path: '/api/v1/projects/:project/pipeline-runs',
    summary: 'Lists runs, newest first.',
    can: 'pipelines:read',
    params: Type.Object(inProject),
    query: Type.Object({
      pipeline: Type.Optional(Name),
      status: Type.Optional(RunStatus),
      limit,
      after: Type.Optional(Type.String({ description: 'The `next` of the page before.' })),
    }),
    reply: Type.Object({ runs: Type.Array(RunSummary), next: nullable(Type.String()) }),
    errors: ['invalid', 'not_found'],
  }),
  getRun: route({
    method: 'GET',
    path: '/api/v1/projects/:project/pipeline-runs/:run',
    summary: 'Gives a run: its graph, steps, attempts, inputs and outputs with digests, and cost.',
    can: 'pipelines:read',
    params: Type.Object(inRun),
    reply: Run,
    errors: ['not_found'],
  }),
  readLog: route({
    method: 'GET',
    path: '/api/v1/projects/:project/pipeline-runs/:run/steps/:step/log',
    summary: 'Reads a part of the log of a step; with waitMs it waits for more while the step runs.',
    can: 'pipelines:read',
    params: Type.Object(inStep),
    query: Type.Object({
      attempt: Type.Optional(Type.Integer({ minimum: 1, description: 'The last one unless said.' })),
      offset: Type.Optional(Type.Integer({ minimum: 0, default: 0 })),
      limit: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 1_048_576, default: 262_144, description: 'Bytes.' }),
      ),
      waitMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 30_000, default: 0 })),
    }),
    reply: LogPart,
    errors: ['not_found'],
  }),
  readOutput: route({
    method: 'GET',
    path: '/api/v1/projects/:project/pipeline-runs/:run/steps/:step/outputs/:output',
    summary: 'Gives the bytes of an output; of a directory, the file at `path`.',
    can: 'pipelines:read',
    params: Type.Object({ ...inStep, output: Identifier }),
    query: Type.Object({ path: Type.Optional(Type.String({ maxLength: 1000 })) }),
    reply: bytes,
    errors: ['not_found', 'invalid'],
  }),
  cancelRun: route({
    method: 'POST',
    path: '/api/v1/projects/:project/pipeline-runs/:run/cancel',
    summary: 'Stops a run: running steps are ended, waiting ones never start.',
    can: 'pipelines:run',
    params: Type.Object(inRun),
    reply: Run,
    errors: ['not_found', 'conflict'],
  }),
  retryRun: route({
    method: 'POST',
    path: '/api/v1/projects/:project/pipeline-runs/:run/retry',
    summary: 'Runs the failed, skipped and cancelled steps of a run again; what succeeded is kept.',
    can: 'pipelines:run',
    params: Type.Object(inRun),
    reply: Run,
    errors: ['not_found', 'conflict'],
  }),
  reproduceRun: route({
    method: 'POST',
    path: '/api/v1/projects/:project/pipeline-runs/:run/reproduce',
    summary:
      'Runs the same steps on the same inputs, code and environments again, without the cache and without acts on the platform.',
    can: 'pipelines:run',
    params: Type.Object(inRun),
    reply: Run,
    errors: ['not_found', 'conflict'],
  }),
  compareRuns: route({
    method: 'GET',
    path: '/api/v1/projects/:project/pipeline-runs/:run/compare',
    summary: 'Compares two runs step by step by the digests of their outputs.',
    can: 'pipelines:read',
    params: Type.Object(inRun),
    query: Type.Object({ with: Type.String({ pattern: '^[A-Za-z0-9_]{1,64}$' }) }),
    reply: Comparison,
    errors: ['not_found'],
  }),
  explainStep: route({
    method: 'GET',
    path: '/api/v1/projects/:project/pipeline-runs/:run/steps/:step/why',
    summary: 'Says why a step ran or was taken from the cache: what differs from another run.',
    can: 'pipelines:read',
    params: Type.Object(inStep),
    query: Type.Object({
      with: Type.Optional(
        Type.String({
          pattern: '^[A-Za-z0-9_]{1,64}$',
          description: 'The run before of this pipeline unless said.',
        }),
      ),
    }),
    reply: Why,
    errors: ['not_found'],
  }),
}
