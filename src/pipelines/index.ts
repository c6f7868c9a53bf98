import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { AppError } from '../kernel/errors.ts'
import type { Http } from '../kernel/http/server.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { checkouts } from './checkouts.ts'
import type { Run, SourcedArtifact } from './contract.ts'
import { runDriver } from './driver/driver.ts'
import { slotsOf } from './driver/slots.ts'
import { pythonEnvironments } from './environments/environments.ts'
import { registerJobs } from './jobs.ts'
import { logService } from './log.service.ts'
import type { PipelinePorts, Starter } from './ports.ts'
import { mountPipelines } from './routes.ts'
import { localExecutor } from './runner/local.executor.ts'
import { pipelineService, type StartRun } from './service.ts'
import { trackingRunOf } from './tracking.ts'

export { pipelinesMigrations } from './migrations.ts'
export { inputsFrom } from './inputs.ts'
export { checkPipelines } from './project-check.ts'
export type { ActionBuiltin, ActionContext, Builtin, PipelinePorts, Starter } from './ports.ts'
export type { StartRun } from './service.ts'

/** What a run was made of: enough to walk back from a model to bytes, and to make it again. */
export type Lineage = {
  run: string
  project: string
  pipeline: { name: string; version: number }
  /** Tree of the code, null for a project without code. */
  code: string | null
  /** Digest of the lock of each environment. */
  environments: Record<string, string>
  parameters: Record<string, unknown>
  inputs: Record<string, SourcedArtifact>
  trackingRun: string | null
  steps: {
    name: string
    status: string
    /** The run that made the outputs: another one where they came from the cache. */
    madeBy: string
    inputs: Record<string, SourcedArtifact>
    outputs: Record<string, { digest: string; kind: string }>
  }[]
}

const lineageOf = (run: Run): Lineage => ({
  run: run.id,
  project: run.project,
  pipeline: { name: run.pipeline, version: run.pipelineVersion },
  code: run.code?.tree ?? null,
  environments: Object.fromEntries(Object.entries(run.environments).map(([name, { lock }]) => [name, lock])),
  parameters: run.parameters,
  inputs: run.inputs,
  trackingRun: run.trackingRun,
  steps: run.plan.map(({ name, status, inputs, outputs, cache }) => ({
    name,
    status,
    madeBy: cache.from ?? run.id,
    inputs,
    outputs,
  })),
})

/** Pipelines: plans, runs, their cache and environments, and the processes that do the work. */
export const pipelinesRoom = (kernel: Kernel, ports: PipelinePorts) => {
  const { home } = kernel.config
  const executor = localExecutor(join(home, 'jobs'), join(home, 'cache', 'node'))
  const environments = pythonEnvironments(home)
  const track = trackingRunOf({ kernel, ports })
  const driver = runDriver({
    kernel,
    ports,
    track,
    executor,
    environments,
    checkouts: checkouts(join(home, 'checkouts'), kernel.blobs),
    slots: slotsOf(ports.slots ?? Math.max(2, availableParallelism())),
  })
  const service = pipelineService({ kernel, ports, driver, track })
  const logs = logService({ kernel, executor, environments })
  registerJobs({ kernel, ports, driver, track })

  return {
    /**
     * Starts a run and pins its inputs; returns once it is stored. Throws `not_found` (no such pipeline) and `invalid`, with every problem.
     * `pipeline.run.finished` tells its end.
     */
    startRun: (project: string, asked: StartRun, actor: Starter): Promise<Run> =>
      service.start(project, asked, actor),
    /** A run as the API shows it. Throws `not_found`. */
    run: (project: string, id: string): Promise<Run> => service.run(project, id),
    /** Starts a run with the same code, environments and inputs and no cache; steps that act on the platform are left out. */
    reproduce: (project: string, id: string, actor: Starter): Promise<Run> =>
      service.reproduce(project, id, actor),
    /** What a run was made of. Throws `not_found`. */
    lineage: async (project: string, id: string): Promise<Lineage> =>
      lineageOf(await service.run(project, id)),
    /** The JSON that a step wrote as an output. Throws `not_found`. */
    async output(project: string, asked: { run: string; step: string; output: string }): Promise<unknown> {
      const { plan } = await service.run(project, asked.run)
      const artifact = plan.find(({ name }) => name === asked.step)?.outputs[asked.output]
      if (artifact?.kind !== 'json')
        throw new AppError(
          'not_found',
          `Step ${asked.step} of run ${asked.run} has no JSON output ${asked.output}.`,
        )
      return JSON.parse((await kernel.blobs.read(artifact.digest)).toString('utf8')) as unknown
    },
    mount: (http: Http): void => mountPipelines(http, { kernel, service, logs }),
    /** Takes up the runs that went on when the last server ended. */
    start: (): Promise<void> => driver.resume(),
    stop: (): Promise<void> => driver.stop(),
  }
}
export type PipelinesRoom = ReturnType<typeof pipelinesRoom>
