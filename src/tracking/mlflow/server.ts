import type { MlflowRoute } from './door.ts'
import { MlflowError } from './errors.ts'

/** The release of MLflow whose protocol this door speaks; clients ask for it to know what they may send. */
const protocol = '3.17.2'

const unknown = [
  'traces',
  'assessments',
  'issues',
  'label-schemas',
  'datasets',
  'scorers',
  'gateway',
  'prompt-optimization',
  'review-queues',
  'workspaces',
  'webhooks',
  'jobs',
  'unified-traces',
]

/** What is not there says so by name: a client then goes on without it instead of trying again. */
const fallback = (version: '2.0' | '3.0'): MlflowRoute => ({
  method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
  path: '/mlflow/*',
  version,
  can: 'runs:read',
  handle({ params, request }) {
    const [area = ''] = (params['*'] ?? '').split('/')
    if (unknown.includes(area))
      throw new MlflowError(501, 'NOT_IMPLEMENTED', `This server does not offer MLflow's ${area} yet.`)
    throw new MlflowError(
      404,
      'ENDPOINT_NOT_FOUND',
      `There is no ${request.method} /mlflow/${params['*']} in version ${version}.`,
    )
  },
})

export const serverRoutes: MlflowRoute[] = [
  {
    method: 'GET',
    path: '//version',
    can: 'public',
    handle({ reply }) {
      void reply.type('text/plain').send(protocol)
      return undefined
    },
  },
  {
    method: 'GET',
    path: '//health',
    can: 'public',
    handle({ reply }) {
      void reply.type('text/plain').send('OK')
      return undefined
    },
  },
  {
    method: 'GET',
    path: '/mlflow/server-info',
    version: '3.0',
    can: 'public',
    handle: () => ({
      store_type: null,
      workspaces_enabled: false,
      trace_archival_enabled: false,
      multipart_uploads_enabled: false,
      multipart_downloads_enabled: false,
      presigned_upload_run_id_supported: false,
      presigned_upload_model_id_supported: false,
      features_enabled: { gateway: false },
    }),
  },
  fallback('2.0'),
  fallback('3.0'),
]
