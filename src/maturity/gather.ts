import { AppError } from '../kernel/errors.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { monitor } from '../monitoring/contract.ts'
import { type Pipeline, pipelineDefinition, type StepDeclaration } from '../pipelines/contract.ts'
import { endpointDefinition } from '../serving/contract.ts'
import { trigger } from '../triggers/contract.ts'
import type { History } from './history/history.ts'
import type { Facts } from './measure/facts.ts'

/** What the tracking room is asked: how well a run was tracked. */
export type TrackedRuns = {
  run: (project: string, id: string) => Promise<{ params: object; metrics: object; status: string }>
}

const commandOf = ({ run, uses }: StepDeclaration): string =>
  uses ?? (typeof run === 'string' ? run : (run ?? []).join(' '))

const textsIn = (value: unknown): string[] => {
  if (!Array.isArray(value)) return []
  return value.flatMap((one: unknown) => {
    if (typeof one === 'string') return [one]
    const named = (one as { view?: unknown } | null)?.view
    return typeof named === 'string' ? [named] : []
  })
}

const pipelineFacts = (name: string, { steps, inputs = {} }: Pipeline): Facts['pipelines'][number] => {
  const all = Object.values(steps)
  const ofKind = (uses: string) => all.filter((step) => step.uses === uses)
  return {
    name,
    commands: all.map(commandOf),
    views: ofKind('features/join').flatMap((step) => textsIn(step.with?.['views'])),
    repositories: Object.values(inputs).flatMap(({ repository }) => repository ?? []),
    models: ofKind('models/register').flatMap((step) => {
      const model = step.with?.['model']
      return typeof model === 'string' ? [model] : []
    }),
  }
}

const declaredFacts = async (kernel: Kernel, project: string): Promise<Omit<Facts, 'trackedRuns'>> => {
  const [triggers, monitors, endpoints, pipelines] = await Promise.all([
    kernel.definitions.list(project, trigger),
    kernel.definitions.list(project, monitor),
    kernel.definitions.list(project, endpointDefinition),
    kernel.definitions.list(project, pipelineDefinition),
  ])
  return {
    triggers: triggers.map(({ name, body }) => ({
      name,
      pipeline: body.start.pipeline,
      monitor: body.on.alert?.monitor ?? null,
    })),
    monitors: monitors.map(({ name, body }) => ({ name, endpoint: body.endpoint })),
    endpoints: endpoints.map(({ name, body }) => ({
      name,
      model: body.model,
      lookups: body.lookups ?? [],
    })),
    pipelines: pipelines.map(({ name, body }) => pipelineFacts(name, body)),
  }
}

/** A run that was deleted is no record any more: it counts as untracked. */
const ifMissing = (error: unknown): undefined => {
  if (error instanceof AppError && error.code === 'not_found') return undefined
  throw error
}

/** Runs behind versions and pipeline runs; a run that has ended is asked for once. */
const trackedFacts = (runs: TrackedRuns) => {
  const ended = new Map<string, { params: number; metrics: number }>()
  return async (project: string, history: History): Promise<Facts['trackedRuns']> => {
    const wanted = new Set([
      ...[...history.versions.values()].flatMap(({ lineage }) => lineage.trackingRun ?? []),
      ...history.tracked.filter(({ pipelineRun }) => pipelineRun !== null).map(({ run }) => run),
    ])
    const found = new Map<string, { params: number; metrics: number }>()
    for (const id of wanted) {
      const known = ended.get(`${project}/${id}`)
      const run = known ? undefined : await runs.run(project, id).catch(ifMissing)
      const figures =
        known ?? (run && { params: Object.keys(run.params).length, metrics: Object.keys(run.metrics).length })
      if (figures) found.set(id, figures)
      if (figures && run && run.status !== 'running') ended.set(`${project}/${id}`, figures)
    }
    return found
  }
}

/** Gathers what a report needs beside the ledger. */
export const factsGatherer = (kernel: Kernel, runs: TrackedRuns | undefined) => {
  const tracked = runs ? trackedFacts(runs) : async () => new Map<string, never>()
  return async (project: string, history: History): Promise<Facts> => ({
    ...(await declaredFacts(kernel, project)),
    trackedRuns: await tracked(project, history),
  })
}
