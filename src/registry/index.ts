import type { Http } from '../kernel/http/server.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { Tracking } from '../tracking/index.ts'
import { mountMlflowRegistry, versionFiles } from './mlflow/mount.ts'
import { mountRegistry } from './routes.ts'
import type { RegisterContext, Registered } from './register.service.ts'
import type { ModelVersion } from './schemas.ts'
import { registryService } from './service.ts'
import type { ActorRef } from './version.service.ts'

export type { RegisterContext, Registered } from './register.service.ts'

/** Models, their versions and aliases, the gate before them and the approvals after it. */
export const registryRoom = (kernel: Kernel, { tracking }: { tracking: Tracking }) => {
  const service = registryService(kernel, tracking)
  const { versions, registration } = service
  tracking.serveArtifacts('model-versions', versionFiles(service))

  return {
    /**
     * The pipeline's builtin `models/register`: lets the gate decide on a candidate and records the decision with every
     * rule's result, as a version or as a refusal. Idempotent by run and step.
     * Throws `invalid` when `files` is no folder or the metrics are no JSON, `not_found` when a digest is unknown.
     */
    register: (context: RegisterContext): Promise<Registered> => registration.register(context),

    /** The version that a number, an alias or `latest` means; undefined when there is none (yet). */
    resolve: (
      project: string,
      model: string,
      reference: string | number,
    ): Promise<ModelVersion | undefined> => versions.resolve({ project, model }, reference),

    /** One version. Throws `not_found`. */
    version: (project: string, model: string, version: number): Promise<ModelVersion> =>
      versions.get({ project, model, version }),

    /** All versions of a model, newest first. Throws `not_found` when the model has never had one. */
    versions: (project: string, model: string): Promise<ModelVersion[]> => versions.list({ project, model }),

    /** Points an alias at an approved version. Throws `conflict` when it is not approved, `invalid` for a reserved name. */
    setAlias: (
      key: { project: string; model: string; version: number; alias: string },
      actor: ActorRef,
    ): Promise<void> => versions.setAlias(key, key.alias, actor),

    mount: (http: Http): void => {
      mountRegistry(http, service)
      mountMlflowRegistry(http, { service, tracking, log: kernel.log })
    },
  }
}
export type Registry = ReturnType<typeof registryRoom>

export { registryMigrations } from './migrations.ts'
