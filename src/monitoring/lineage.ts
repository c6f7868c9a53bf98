import type { Static } from '../kernel/contract.ts'
import type { ArtifactSource, Run as RunSchema } from '../pipelines/contract.ts'
import { lineageGraph, type GraphBuilder } from './lineage.graph.ts'
import { ifFound, type MonitoringDeps, type ReleaseFacts, type VersionFacts } from './ports.ts'
import type { LineageGraph } from './schemas.ts'

type Run = Static<typeof RunSchema>
type Walk = { graph: GraphBuilder; project: string; deps: MonitoringDeps }

/** Raw files shown of one commit; a commit of a million files is still one answer. */
const shownFiles = 500

const page = (project: string, ...parts: (string | number)[]): string =>
  `/projects/${[project, ...parts].map((part) => encodeURIComponent(part)).join('/')}`

export type Answered = {
  project: string
  prediction: string
  endpoint: string
  segment: { id: string; digest: string }
  version: number
  release: ReleaseFacts | undefined
  /** The model that the endpoint serves now, for a capture whose release is not known. */
  model: string | undefined
  detail: Record<string, unknown>
}

const commitNode = async (
  { graph, project, deps }: Walk,
  repository: string,
  commit: string,
): Promise<string> => {
  const id = `data commit/${repository}/${commit}`
  if (graph.has(id)) return id
  const record = await deps.data.commitRecord(commit)
  graph.node({
    id,
    kind: 'data commit',
    label: `${repository} ${commit.slice(0, 12)}`,
    digest: record?.tree ?? null,
    link: page(project, 'data', repository, 'commits', commit),
    detail: record
      ? { commit, message: record.message, at: record.at, author: record.author.name }
      : { commit },
  })
  if (!record) {
    graph.note(`Commit ${commit} of ${repository} is not known any more.`)
    return id
  }
  const files = await deps.data.files(record.tree)
  if (files.length > shownFiles)
    graph.note(
      `${repository} ${commit.slice(0, 12)} holds ${files.length} files; the first ${shownFiles} are shown.`,
    )
  for (const { path, digest, sizeBytes } of files.slice(0, shownFiles)) {
    const file = graph.node({
      id: `raw file/${repository}/${path}/${digest}`,
      kind: 'raw file',
      label: path,
      digest,
      detail: { repository, sizeBytes },
    })
    graph.edge(id, file, 'holds')
  }
  return id
}

const outputNode = (
  { graph, project }: Walk,
  run: Run,
  of: { step: string; output: string },
): string | undefined => {
  const made = run.plan.find(({ name }) => name === of.step)?.outputs[of.output]
  return (
    made &&
    graph.node({
      id: `output/${run.id}/${of.step}/${of.output}`,
      kind: 'output',
      label: `${of.step} → ${of.output}`,
      digest: made.digest,
      link: page(project, 'pipeline-runs', run.id, 'steps', of.step),
      detail: { kind: made.kind, ...(made.sizeBytes === undefined ? {} : { sizeBytes: made.sizeBytes }) },
    })
  )
}

const followSource = async (
  walk: Walk,
  run: Run,
  made: { from: string; input: string; source: ArtifactSource },
) => {
  const { source } = made
  if ('step' in source) {
    const output = outputNode(walk, run, source)
    if (output === undefined) return
    walk.graph.edge(made.from, output, made.input)
    walk.graph.edge(output, await stepNode(walk, run, source.step), 'made by')
  } else if ('repository' in source) {
    walk.graph.edge(made.from, await commitNode(walk, source.repository, source.commit), made.input)
  } else {
    const { model, version } = source
    const id = walk.graph.node({
      id: `model version/${model}/${version}`,
      kind: 'model version',
      label: `${model} ${version}`,
      link: page(walk.project, 'models', model, version),
      detail: { role: 'input of the run; its own history is on its page' },
    })
    walk.graph.edge(made.from, id, made.input)
  }
}

/** A step with everything that went into it, and so on back to the raw data. */
const stepNode = async (walk: Walk, run: Run, name: string): Promise<string> => {
  const { graph, project } = walk
  const id = `step/${run.id}/${name}`
  const step = run.plan.find((one) => one.name === name)
  if (graph.has(id)) return id
  graph.node({
    id,
    kind: 'step',
    label: name,
    link: page(project, 'pipeline-runs', run.id, 'steps', name),
    detail: step
      ? {
          status: step.status,
          command: step.command,
          uses: step.uses,
          parameters: step.parameters,
          cacheKey: step.cache.key,
          madeBy: step.cache.from,
        }
      : {},
  })
  if (!step) return id
  for (const [input, { source }] of Object.entries(step.inputs))
    await followSource(walk, run, { from: id, input, source })
  if (step.command && run.code) graph.edge(id, codeNode(walk, run.code.tree), 'code')
  const environment = step.environment === null ? undefined : run.environments[step.environment]
  if (environment && step.environment !== null)
    graph.edge(id, environmentNode(walk, step.environment, environment.lock), 'environment')
  return id
}

const codeNode = ({ graph }: Walk, digest: string): string =>
  graph.node({ id: `code/${digest}`, kind: 'code', label: 'code snapshot', digest })
const environmentNode = ({ graph }: Walk, name: string, digest: string): string =>
  graph.node({ id: `environment/${digest}`, kind: 'environment', label: name, digest })

/** The outputs of the run that are the version's model files and baseline; else the step that registered it. */
const registeredFrom = (run: Run, version: VersionFacts): { step: string; output?: string }[] => {
  const wanted = new Set([version.files, version.baseline].filter((digest) => digest !== null))
  const found = run.plan.flatMap(({ name, outputs }) =>
    Object.entries(outputs)
      .filter(([, { digest }]) => wanted.has(digest))
      .map(([output]) => ({ step: name, output })),
  )
  if (found.length > 0) return found
  return version.lineage.step === null ? [] : [{ step: version.lineage.step }]
}

const followRun = async (walk: Walk, version: VersionFacts, from: string): Promise<void> => {
  const { graph, project, deps } = walk
  const { lineage } = version
  if (lineage.pipelineRun === null) return graph.note('The version was registered outside a pipeline run.')
  const run = await ifFound(deps.pipelines.run(project, lineage.pipelineRun))
  const id = graph.node({
    id: `pipeline run/${lineage.pipelineRun}`,
    kind: 'pipeline run',
    label: run ? `${run.pipeline} ${run.id}` : lineage.pipelineRun,
    link: page(project, 'pipeline-runs', lineage.pipelineRun),
    detail: run
      ? {
          pipeline: run.pipeline,
          version: run.pipelineVersion,
          status: run.status,
          createdAt: run.createdAt,
          parameters: run.parameters,
        }
      : {},
  })
  graph.edge(from, id, 'registered by')
  if (!run)
    return graph.note(
      `Run ${lineage.pipelineRun} is not known any more; what the version says of itself follows.`,
    )
  for (const { step, output } of registeredFrom(run, version)) {
    const made = output === undefined ? undefined : outputNode(walk, run, { step, output })
    const maker = await stepNode(walk, run, step)
    graph.edge(from, made ?? maker, 'consists of')
    if (made !== undefined) graph.edge(made, maker, 'made by')
    graph.edge(id, maker, 'ran')
  }
}

const followVersion = async (walk: Walk, model: string, number: number): Promise<string> => {
  const { graph, project, deps } = walk
  const version = await ifFound(deps.registry.version(project, model, number))
  const id = graph.node({
    id: `model version/${model}/${number}`,
    kind: 'model version',
    label: `${model} ${number}`,
    digest: version?.files ?? null,
    link: page(project, 'models', model, number),
    detail: version
      ? {
          createdAt: version.createdAt,
          metrics: version.metrics,
          baseline: version.baseline,
          aliases: version.aliases,
        }
      : {},
  })
  if (!version) {
    graph.note(`Version ${number} of ${model} is not known any more.`)
    return id
  }
  await followRun(walk, version, id)
  const { code, environment, commits } = version.lineage
  if (code !== null) graph.edge(id, codeNode(walk, code), 'code')
  if (environment !== null)
    graph.edge(id, environmentNode(walk, 'environment lock', environment), 'environment')
  for (const [input, { repository, commit }] of Object.entries(commits))
    graph.edge(id, await commitNode(walk, repository, commit), input)
  return id
}

/** Walks one answer back to release, model version, run, steps, code, environment and the digests of raw files. */
export const walkBack = async (deps: MonitoringDeps, answered: Answered): Promise<LineageGraph> => {
  const { project, prediction, endpoint, release } = answered
  const root = `prediction/${prediction}`
  const graph = lineageGraph(root)
  const walk = { graph, project, deps }
  graph.node({
    id: root,
    kind: 'prediction',
    label: prediction,
    digest: answered.segment.digest,
    link: page(project, 'predictions', prediction),
    detail: { endpoint, segment: answered.segment.id, ...answered.detail },
  })
  const model = release?.model ?? answered.model
  if (release) {
    const id = graph.node({
      id: `release/${endpoint}/${release.release}`,
      kind: 'release',
      label: `${endpoint} release ${release.release}`,
      digest: release.files,
      link: page(project, 'endpoints', endpoint),
      detail: { kind: release.kind, createdAt: release.createdAt, by: release.createdBy.name },
    })
    graph.edge(root, id, 'answered by')
  } else graph.note(`No release of version ${answered.version} on ${endpoint} is known.`)
  if (model === undefined) {
    graph.note(`Endpoint ${endpoint} is not known any more.`)
    return graph.done()
  }
  const version = await followVersion(walk, model, answered.version)
  graph.edge(release ? `release/${endpoint}/${release.release}` : root, version, 'serves')
  return graph.done()
}
