import { AppError } from '../../kernel/errors.ts'
import type { Http } from '../../kernel/http/server.ts'
import type { Logger } from '../../kernel/log.ts'
import { type ArtifactSource, listing, mlflowDoor, type Tracking } from '../../tracking/index.ts'
import type { RegistryService } from '../service.ts'
import { modelRoutes } from './models.ts'
import { aliasRoutes, versionRoutes } from './versions.ts'

/** Clients send the name as it stands in the address, or decoded, depending on the call. */
const decoded = (name: string): string => {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

const keyOf = (project: string, [name = '', number = '']: readonly string[]) => {
  if (!/^\d+$/.test(number))
    throw new AppError('not_found', 'An address of model files is <model>/<version>/<path>.')
  return { project, model: decoded(name), version: Number(number) }
}

/** The files of versions for MLflow's clients, below `mlflow-artifacts:/model-versions/<model>/<version>/…`. */
export const versionFiles = ({ versions }: RegistryService): ArtifactSource => ({
  list: async (project, segments) =>
    listing(await versions.filesOf(keyOf(project, segments)), segments.slice(2).join('/')),
  open: (project, segments) => versions.openFile(keyOf(project, segments), segments.slice(2).join('/')),
})

type Deps = { service: RegistryService; tracking: Tracking; log: Logger }

/** MLflow's registry protocol: a translation at the door. It holds no rules and no tables. */
export const mountMlflowRegistry = (http: Http, { service, tracking, log }: Deps): void =>
  mlflowDoor(
    http,
    [...modelRoutes(service), ...versionRoutes({ service, tracking }), ...aliasRoutes(service)],
    { log },
  )
