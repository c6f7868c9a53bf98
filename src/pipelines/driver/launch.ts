import { isAppError } from '../../kernel/errors.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { treeFiles } from '../../kernel/blobs/tree.ts'
import { attemptId, findCached, setCacheParts, type CacheEntry } from '../attempt.store.ts'
import { cacheKey, type CacheParts } from '../cache/key.ts'
import type { Checkouts } from '../checkouts.ts'
import type { Artifact, SourcedArtifact } from '../contract.ts'
import type { BuiltEnvironment, Environments } from '../environments/environments.ts'
import type { Outcome, RunState } from '../machine/state.ts'
import { expressionsIn } from '../plan/expression.ts'
import type { Json, Task } from '../plan/plan.ts'
import type { PipelinePorts, ProcessBuiltin } from '../ports.ts'
import type { Executor } from '../runner/executor.ts'
import type { RunRecord } from '../run.store.ts'
import type { Track } from '../tracking.ts'
import { inputsOf, parametersOf } from '../task-inputs.ts'
import { jobOf } from './job.ts'
import type { Slots } from './slots.ts'

/** An attempt that is to begin. */
export type Order = {
  record: RunRecord
  task: Task
  attempt: number
  token: number
  steps: RunState['steps']
  trackingRun: string
  /** False once somebody cancelled, or the attempt was given up. */
  isWanted: () => boolean
}

export type LaunchDeps = {
  kernel: Kernel
  ports: PipelinePorts
  track: Track
  executor: Executor
  environments: Environments
  checkouts: Checkouts
  slots: Slots
}

type Work = {
  order: Order
  inputs: Record<string, SourcedArtifact>
  parameters: Record<string, Json>
  definitions: unknown
}

const processBuiltin = (ports: PipelinePorts, task: Task): ProcessBuiltin | undefined => {
  const builtin = task.component.kind === 'builtin' ? ports.builtins[task.component.uses] : undefined
  return builtin && 'command' in builtin ? builtin : undefined
}

const partsOf = ({ order, inputs, parameters, definitions }: Work): CacheParts => {
  const { record, task } = order
  const { component } = task
  const environment = component.environment === null ? undefined : record.environments[component.environment]
  const used = component.kind === 'command' ? { argv: component.argv } : { uses: component.uses }
  return {
    command: { ...used, env: component.env, runParameters: usedParameters(component, record.parameters) },
    // A program of the platform sees no code of the project.
    code: component.kind === 'command' ? record.code : null,
    environment: environment ? `${environment.lock} ${environment.python ?? ''}`.trim() : null,
    parameters,
    inputs: Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input.digest])),
    outputs: task.outputs,
    definitions: (definitions ?? null) as Json,
  }
}

/** Parameters of the run that stand in the command line or the variables of a step. */
const usedParameters = (
  component: Task['component'],
  parameters: Record<string, Json>,
): Record<string, Json> => {
  const texts = [...(component.kind === 'command' ? component.argv : []), ...Object.values(component.env)]
  const used = texts
    .flatMap(expressionsIn)
    .flatMap(({ reference }) =>
      reference?.from === 'parameter' ? [[reference.parameter, parameters[reference.parameter] ?? null]] : [],
    )
  return Object.fromEntries(used)
}

const isStored = async ({ blobs }: Kernel, artifact: Artifact): Promise<boolean> => {
  if (!(await blobs.has(artifact.digest))) return false
  if (artifact.kind !== 'directory') return true
  try {
    for (const file of await treeFiles(blobs, artifact.digest))
      if (!(await blobs.has(file.digest))) return false
    return true
  } catch (error) {
    if (isAppError(error) && error.code === 'not_found') return false
    throw error
  }
}

/** Outputs of an equal earlier step, if all their bytes are still there. */
const findHit = async (kernel: Kernel, order: Order, key: string): Promise<CacheEntry | undefined> => {
  if (!order.record.useCache || !order.task.cache) return undefined
  const entry = await findCached(kernel.db, order.record.project, key)
  if (!entry) return undefined
  for (const output of Object.values(entry.outputs)) if (!(await isStored(kernel, output))) return undefined
  return entry
}

const environmentOf = async (
  deps: LaunchDeps,
  { record, task }: Order,
): Promise<BuiltEnvironment | undefined> => {
  const name = task.component.environment
  const pinned = name === null ? undefined : record.environments[name]
  if (name === null || !pinned) return undefined
  const lock = await deps.kernel.blobs.read(pinned.lock)
  return deps.environments.ensure({ name, lock, python: pinned.python })
}

const pathsOf = async (checkouts: Checkouts, inputs: Record<string, SourcedArtifact>) => {
  const laidOut: Record<string, SourcedArtifact & { path: string }> = {}
  for (const [name, input] of Object.entries(inputs))
    laidOut[name] = { path: await checkouts.pathOf(input), ...input }
  return laidOut
}

const startProcess = async (deps: LaunchDeps, work: Work): Promise<void> => {
  const { ports, executor, checkouts, slots } = deps
  const { order, parameters, definitions } = work
  const { record, task, attempt, token } = order
  const id = attemptId(record.id, token)
  const environment = await environmentOf(deps, order)
  const builtin = processBuiltin(ports, task)
  const argv = task.component.kind === 'command' ? task.component.argv : (builtin?.command ?? [])
  const code =
    record.code === null
      ? await checkouts.empty()
      : await checkouts.pathOf({ digest: record.code, kind: 'directory' })
  const inputs = await pathsOf(checkouts, work.inputs)
  if (!order.isWanted()) return
  await slots.acquire(id)
  if (!order.isWanted()) return slots.release(id)
  try {
    const secret = await ports.tokens.forRun({ project: record.project, run: record.id, step: task.name })
    await executor.start(
      jobOf({
        id,
        attempt,
        record,
        task,
        argv,
        folder: executor.folderOf(id),
        code,
        inputs,
        parameters,
        definitions,
        isBuiltin: task.component.kind === 'builtin',
        environment,
        pythonPath: ports.pythonPath ?? [],
        address: ports.address(),
        token: secret,
        trackingRun: order.trackingRun,
      }),
    )
  } catch (error) {
    slots.release(id)
    throw error
  }
}

/** Brings an attempt on its way: gives outputs of the cache, or starts a process with its environment, code and inputs in place. */
export const launchProcess = async (
  deps: LaunchDeps,
  order: Order,
): Promise<Extract<Outcome, { status: 'cached' }> | undefined> => {
  const { kernel, ports } = deps
  const { record, task } = order
  const inputs = inputsOf(record, task, order.steps)
  const parameters = parametersOf(record, task)
  const definitions = await processBuiltin(ports, task)?.prepare?.(record.project, parameters)
  const work: Work = { order, inputs, parameters, definitions }
  const parts = partsOf(work)
  const key = cacheKey(parts)
  await kernel.write((tx) => setCacheParts(tx, { run: record.id, name: task.name, key, parts }))
  const hit = await findHit(kernel, order, key)
  if (hit) return { status: 'cached', outputs: hit.outputs, from: hit.run }
  await startProcess(deps, work)
  return undefined
}
