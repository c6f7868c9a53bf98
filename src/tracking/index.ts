import type { Http } from '../kernel/http/server.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { LoggedMetric } from './log.ts'
import type { ArtifactSource, ArtifactSources } from './mlflow/artifacts.ts'
import { mountMlflow } from './mlflow/mount.ts'
import { mountTracking } from './routes.ts'
import type { NewRun } from './run.service.ts'
import type { DatasetInput, Run, RunStatus } from './schemas.ts'
import { trackingService } from './service.ts'

export type { ArtifactSource } from './mlflow/artifacts.ts'
export { alreadyExists } from './mlflow/errors.ts'
export { mlflowDoor, type MlflowCall, type MlflowRoute } from './mlflow/door.ts'
export { type Fields, listIn, recordIn } from './mlflow/fields.ts'
export { pageOut } from './mlflow/experiments.ts'
export { checkKey, checkLength } from './keys.ts'
export { checkFilePath, listing } from './artifact-path.ts'
export { mediaTypeOf, sandbox } from './media-type.ts'
export { parseFilter } from './search/filter.ts'
export { parseOrder } from './search/order.ts'
export { searchPage } from './search/page.ts'
export type { Source } from './search/sql.ts'
export type { Vocabulary } from './search/vocabulary.ts'

export type StartRun = Omit<NewRun, 'experiment'> & {
  /** Name of the experiment, made if it is not there. `Default` unless said. */
  experiment?: string
}

/** Experiments, runs, metrics, artifacts and logged models. */
export const trackingRoom = (kernel: Kernel) => {
  const service = trackingService(kernel)
  const sources: ArtifactSources = new Map()
  const { runs, experiments, loggedModels, artifacts } = service

  return {
    /**
     * Starts a run. With `pipelineRun` it is idempotent: a second call gives the run that the first one made.
     * @example const { id } = await tracking.startRun({ project: 'flights', experiment: 'train', pipelineRun, actor })
     */
    async startRun({ experiment, ...given }: StartRun): Promise<Run> {
      const id = await experiments.ensure(given.project, experiment ?? 'Default')
      return runs.start({ ...given, experiment: id })
    },

    /** Ends a run; `run.finished` is told once. Throws `not_found`, and `invalid` for a deleted run. */
    finishRun: (
      project: string,
      id: string,
      end: { status: RunStatus; actor: NewRun['actor']; endedAt?: number },
    ) => runs.update(project, id, end),

    /** Adds points; values may be 'NaN', 'Infinity' and '-Infinity'. Times in epoch milliseconds, now unless said. */
    logMetrics: (project: string, id: string, metrics: readonly LoggedMetric[]) =>
      runs.log(project, id, { metrics }),

    /** Adds parameters; one that is there with another value is refused (`invalid`). */
    logParams: (project: string, id: string, params: Readonly<Record<string, string>>) =>
      runs.log(project, id, { params: Object.entries(params).map(([key, value]) => ({ key, value })) }),

    setTags: (project: string, id: string, tags: Readonly<Record<string, string>>) =>
      runs.log(project, id, { tags: Object.entries(tags).map(([key, value]) => ({ key, value })) }),

    /** Says which data a run read: for a data commit, `digest` is its id and `source` its address. */
    addInputs: (project: string, id: string, datasets: readonly DatasetInput[]) =>
      runs.addInputs(project, id, { datasets, models: [] }),

    /** A run with its parameters, latest metrics, tags, inputs and outputs. Throws `not_found`. */
    run: (project: string, id: string): Promise<Run> => runs.get(project, id),

    /** The tracked run of a pipeline run, if it has one. */
    async runOfPipeline(project: string, pipelineRun: string): Promise<Run | undefined> {
      const { runs: found } = await runs.search(project, {
        pipelineRun,
        lifecycle: 'all',
        limit: 1,
        order: ['run_id'],
      })
      return found[0]
    },

    loggedModel: (project: string, id: string) => loggedModels.get(project, id),
    tagLoggedModel: (project: string, id: string, tags: Record<string, string>) =>
      loggedModels.setTags(project, id, tags),

    /** The files below a folder of a run or logged model as one immutable tree; undefined when there are none. */
    artifactTree: (project: string, owner: string, folder: string) => artifacts.tree(project, owner, folder),
    ownsArtifacts: (project: string, owner: string) => artifacts.owns(project, owner),

    /** Lets MLflow's clients list and download another room's files below `mlflow-artifacts:/<name>/…`. */
    serveArtifacts: (name: string, source: ArtifactSource): void => void sources.set(name, source),

    mount: (http: Http): void => {
      mountTracking(http, service)
      mountMlflow(http, { service, sources, log: kernel.log })
    },
  }
}
export type Tracking = ReturnType<typeof trackingRoom>

export { trackingMigrations } from './migrations.ts'
