import type { Readable } from 'node:stream'
import { AppError } from '../../kernel/errors.ts'
import type { Listed } from '../artifact-path.ts'
import type { OpenArtifact } from '../artifact.service.ts'
import { mediaTypeOf, sandbox } from '../media-type.ts'
import type { TrackingService } from '../service.ts'
import type { MlflowCall, MlflowRoute } from './door.ts'
import { MlflowError } from './errors.ts'
import { runIdOf } from './runs.ts'
import { artifactRoot, fileOut } from './wire.ts'

/** Files of another room that MLflow's clients may list and download below one first segment of the artifact address. */
export type ArtifactSource = {
  list: (
    project: string,
    segments: readonly string[],
  ) => Promise<Pick<Listed, 'path' | 'kind' | 'sizeBytes'>[]>
  open: (project: string, segments: readonly string[]) => Promise<OpenArtifact>
}
export type ArtifactSources = Map<string, ArtifactSource>

type Deps = { service: TrackingService; sources: ArtifactSources }

const base = '/mlflow-artifacts/artifacts'

const send = ({ reply }: MlflowCall, { stream, sizeBytes, path }: OpenArtifact): undefined => {
  const name = path.split('/').at(-1) ?? path
  void reply
    .header('content-type', mediaTypeOf(path))
    .header('content-length', sizeBytes)
    .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(name)}`)
    .headers(sandbox)
    .send(stream)
  return undefined
}

/** Empty segments stay: the check of the path refuses them. */
const segmentsOf = (path: string): string[] => path.replaceAll(/^\/|\/$/g, '').split('/')

const baseName = <T extends { path: string }>(file: T): T => ({
  ...file,
  path: file.path.split('/').at(-1) ?? file.path,
})

/**
 * An address is `<experiment>/<run>/artifacts/<path>` or `<experiment>/models/<logged model>/artifacts/<path>`, where the
 * experiment may be any folder of its own. The id before `artifacts` says whose files they are; the rest is a name in a table.
 */
const ownerIn = async ({ service }: Deps, project: string, segments: readonly string[]) => {
  for (let place = 1; place < segments.length; place += 1) {
    const owner = segments[place - 1]
    if (segments[place] !== 'artifacts' || owner === undefined) continue
    if (await service.artifacts.owns(project, owner))
      return { owner, path: segments.slice(place + 1).join('/') }
  }
  throw new AppError('not_found', `Nothing of project ${project} lies at ${segments.join('/')}.`, {
    hint: 'The path names no run and no logged model.',
  })
}

const notMultipart = (): never => {
  throw new MlflowError(
    501,
    'NOT_IMPLEMENTED',
    'Multipart and presigned transfers are not offered: send the file with one PUT.',
  )
}

/** The artifact proxy: bodies are bytes whatever their type. */
export const artifactProxyRoutes = (deps: Deps): MlflowRoute[] => {
  const { artifacts } = deps.service
  return [
    {
      method: 'PUT',
      path: `${base}/*`,
      can: 'runs:write',
      async handle({ project, params, request }) {
        const { owner, path } = await ownerIn(deps, project, segmentsOf(params['*'] ?? ''))
        await artifacts.put(project, { owner, path }, (request.body ?? request.raw) as Readable)
        return {}
      },
    },
    {
      method: 'GET',
      path: `${base}/*`,
      can: 'runs:read',
      async handle(call) {
        const segments = segmentsOf(call.params['*'] ?? '')
        const source = deps.sources.get(segments[0] ?? '')
        if (source) return send(call, await source.open(call.project, segments.slice(1)))
        const { owner, path } = await ownerIn(deps, call.project, segments)
        return send(call, await artifacts.open(call.project, owner, path))
      },
    },
    {
      method: 'DELETE',
      path: `${base}/*`,
      can: 'runs:write',
      async handle({ project, params }) {
        const { owner, path } = await ownerIn(deps, project, segmentsOf(params['*'] ?? ''))
        await artifacts.remove(project, owner, path)
        return {}
      },
    },
    {
      method: 'GET',
      path: base,
      can: 'runs:read',
      async handle({ project, fields }) {
        const segments = segmentsOf(fields.optionalText('path') ?? '')
        if (segments.join('') === '') return { files: [] }
        const source = deps.sources.get(segments[0] ?? '')
        if (source)
          return { files: (await source.list(project, segments.slice(1))).map(baseName).map(fileOut) }
        const { owner, path } = await ownerIn(deps, project, segments)
        return { files: (await artifacts.list(project, owner, path)).map(baseName).map(fileOut) }
      },
    },
    ...['create', 'complete', 'abort'].map((step): MlflowRoute => ({
      method: 'POST',
      path: `/mlflow-artifacts/mpu/${step}/*`,
      can: 'runs:write',
      handle: notMultipart,
    })),
    { method: 'GET', path: '/mlflow-artifacts/presigned/*', can: 'runs:read', handle: notMultipart },
  ]
}

export const artifactRoutes = ({ runs, experiments, artifacts }: TrackingService): MlflowRoute[] => [
  {
    method: 'GET',
    path: '/mlflow/artifacts/list',
    can: 'runs:read',
    async handle({ project, fields }) {
      const run = await runs.get(project, runIdOf(fields))
      const locations = await experiments.locations([run.experiment])
      const root = artifactRoot(project, run.experiment, locations.get(run.experiment))
      const files = await artifacts.list(project, run.id, fields.optionalText('path') ?? '')
      return { root_uri: `${root}/${run.id}/artifacts`, files: files.map(fileOut) }
    },
  },
  {
    method: 'GET',
    path: '//get-artifact',
    can: 'runs:read',
    handle: async (call) =>
      send(call, await artifacts.open(call.project, runIdOf(call.fields), call.fields.text('path'))),
  },
  { method: 'POST', path: '/mlflow/artifacts/presigned-upload-url', can: 'runs:write', handle: notMultipart },
  {
    method: 'POST',
    path: '/mlflow/artifacts/presigned-download-url',
    can: 'runs:read',
    handle: notMultipart,
  },
]
