import { AppError } from '../kernel/errors.ts'
import type { Tracking } from '../tracking/index.ts'
import { metricsOf } from './gate.ts'
import type { RegisterService } from './register.service.ts'
import type { ModelVersion } from './schemas.ts'
import { type ActorRef, missingVersion, type VersionService } from './version.service.ts'

/** A version that a client makes by itself from what it logged before. */
export type Import = {
  project: string
  model: string
  actor: ActorRef & { run?: string }
  source: string
  run: string | undefined
  loggedModel: string | undefined
  description: string | undefined
  runLink: string | undefined
  tags: Readonly<Record<string, string>>
}

type Origin = { owner: string; path: string }

const afterScheme = (source: string, scheme: string): string[] | undefined =>
  source.startsWith(`${scheme}:/`)
    ? source
        .slice(scheme.length + 1)
        .split('/')
        .filter((segment) => segment !== '')
    : undefined

type Deps = { tracking: Tracking; registration: RegisterService; versions: VersionService }

export const importService = ({ tracking, registration, versions }: Deps) => {
  /** Whose artifacts a source names: `runs:/<run>/<path>`, `models:/<logged model>`, or an address of the artifact store. */
  const originOf = async ({ project, source, run, loggedModel }: Import): Promise<Origin | undefined> => {
    const inRun = afterScheme(source, 'runs')
    if (inRun) {
      const [owner = '', ...path] = inRun
      if (run !== undefined && run !== owner)
        throw new AppError(
          'invalid',
          `Invalid model version source: '${source}'. It must lie in the artifacts of the run ${run}.`,
        )
      return { owner, path: path.join('/') }
    }
    const logged = afterScheme(source, 'models')
    if (logged && logged[0] !== loggedModel)
      throw new AppError(
        'invalid',
        `Invalid model version source: '${source}'. A source of this kind needs the model_id of the request.`,
      )
    if (loggedModel !== undefined) return { owner: loggedModel, path: '' }
    const segments = afterScheme(source, 'mlflow-artifacts') ?? []
    for (let place = 1; place < segments.length; place += 1) {
      const owner = segments[place - 1] ?? ''
      if (segments[place] === 'artifacts' && (await tracking.ownsArtifacts(project, owner)))
        return { owner, path: segments.slice(place + 1).join('/') }
    }
    return undefined
  }

  const filesFor = async (given: Import): Promise<string | null> => {
    const origin = await originOf(given)
    const tree = origin && (await tracking.artifactTree(given.project, origin.owner, origin.path))
    return tree?.digest ?? null
  }

  const metricsFor = async ({ project, run, loggedModel }: Import) => {
    const ofModel =
      loggedModel === undefined ? [] : (await tracking.loggedModel(project, loggedModel)).metrics
    const ofRun = run === undefined ? {} : (await tracking.run(project, run)).metrics
    const values = Object.entries(ofRun).map(([key, metric]) => [key, metric.value] as const)
    return metricsOf(
      Object.fromEntries([
        ...values,
        ...ofModel.map((metric) => [metric.key, metric.isNan === 1 ? null : metric.value] as const),
      ]),
    )
  }

  /** Who started the run that this came from is an author too, also when a step's token speaks. */
  const authorsFor = async ({ project, actor, run }: Import) => {
    const source = run === undefined ? undefined : await tracking.run(project, run)
    const pipeline = actor.run ?? source?.pipelineRun ?? undefined
    const started = pipeline === undefined ? undefined : await tracking.runOfPipeline(project, pipeline)
    return [source?.createdBy, started?.createdBy].flatMap((one) => (one ? [one as ActorRef] : []))
  }

  /** `models:/<name>/<version>`: a version of another model, to be copied. */
  const copiedFrom = async ({ project, source }: Import): Promise<ModelVersion | undefined> => {
    const [model = '', reference = '', ...rest] = afterScheme(source, 'models') ?? []
    if (reference === '' || rest.length > 0) return undefined
    const version = await versions.resolve({ project, model }, reference)
    if (!version) throw missingVersion({ model, version: reference })
    return version
  }

  /** A logged model knows the run that made it, also when the client does not say. */
  const withRun = async (given: Import): Promise<Import> => {
    if (given.run !== undefined || given.loggedModel === undefined) return given
    const { sourceRun } = await tracking.loggedModel(given.project, given.loggedModel)
    return { ...given, run: sourceRun ?? undefined }
  }

  return {
    /** Registers what a client logged; the model's gate decides by the metrics of the run. Throws `conflict` when it refuses. */
    async register(asked: Import): Promise<ModelVersion> {
      const copied = await copiedFrom(asked)
      const given = copied
        ? {
            ...asked,
            run: copied.lineage.trackingRun ?? undefined,
            loggedModel: copied.loggedModel ?? undefined,
          }
        : await withRun(asked)
      const files = copied ? copied.files : await filesFor(given)
      const source = given.run === undefined ? undefined : await tracking.run(given.project, given.run)
      const { decision, version, gate } = await registration.submit({
        project: given.project,
        model: given.model,
        actor: given.actor,
        authors: await authorsFor(given),
        lineage: {
          pipelineRun: source?.pipelineRun ?? null,
          step: null,
          trackingRun: given.run ?? null,
          code: null,
          environment: null,
          commits: {},
        },
        metrics: await metricsFor(given),
        files,
        baseline: null,
        description: given.description ?? null,
        source: given.source,
        runLink: given.runLink ?? null,
        loggedModel: given.loggedModel ?? null,
        tags: given.tags,
      })
      if (decision === 'refused' || version === undefined) {
        const failed = gate.results.filter(({ outcome }) => outcome === 'failed')
        throw new AppError(
          'conflict',
          `The gate of ${given.model} refused this version: ${failed.map(({ why }) => why).join(' ')}`,
          {
            hint: 'The candidates of the model show every rule.',
          },
        )
      }
      return versions.get({ project: given.project, model: given.model, version })
    },
  }
}
