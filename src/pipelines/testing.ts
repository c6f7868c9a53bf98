import type { TestContext } from 'node:test'
import { system } from '../kernel/auth/principal.ts'
import { storeTree } from '../kernel/blobs/tree.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { Wiring } from '../server.ts'
import { eventually, testServer, type TestOptions, type TestServer } from '../testing.ts'
import {
  environmentDefinition,
  pipelineDefinition,
  pipelineRoutes,
  type Environment,
  type Pipeline,
  type Run,
} from './contract.ts'
import { pipelinesMigrations, pipelinesRoom, type Builtin, type PipelinePorts } from './index.ts'

export const project = 'belt'

/** What the room asks of its neighbours, kept in memory: the rooms themselves have tests of their own. */
export type Neighbours = {
  /** Trees by repository; a commit is named after its tree. */
  repositories: Map<string, string>
  models: Map<string, { version: number; files: string }>
  code: { tree: string | undefined }
  tracked: { id: string; pipelineRun: string; status: string }[]
  builtins: Record<string, Builtin>
  pythonPath: string[]
}

export const neighbours = (): Neighbours => ({
  repositories: new Map(),
  models: new Map(),
  code: { tree: undefined },
  tracked: [],
  builtins: {},
  pythonPath: [],
})

const portsOf = (
  near: Neighbours,
  given: { address: () => string; governance: PipelinePorts['tokens'] },
): PipelinePorts => ({
  builtins: near.builtins,
  resolveInput: (_project, { repository, ref = 'main', model, alias }) => {
    const tree = near.repositories.get(`${repository}@${ref}`)
    const version = near.models.get(`${model}@${alias}`)
    if (tree)
      return Promise.resolve({
        kind: 'directory',
        digest: tree,
        source: { repository: repository ?? '', ref, commit: tree.slice(7, 19) },
      })
    if (version)
      return Promise.resolve({
        kind: 'directory',
        digest: version.files,
        source: { model: model ?? '', version: version.version },
      })
    return Promise.resolve(undefined)
  },
  code: () => Promise.resolve(near.code.tree),
  tracking: {
    startRun({ pipelineRun }) {
      const known = near.tracked.find((one) => one.pipelineRun === pipelineRun)
      const run = known ?? { id: `tracked_${near.tracked.length}`, pipelineRun, status: 'RUNNING' }
      if (!known) near.tracked.push(run)
      return Promise.resolve({ id: run.id })
    },
    finishRun(_project, id, { status }) {
      const run = near.tracked.find((one) => one.id === id)
      if (run) run.status = status
      return Promise.resolve()
    },
  },
  tokens: given.governance,
  address: given.address,
  pythonPath: near.pythonPath,
  slots: 4,
})

export const wiringOf = (near: Neighbours): Wiring => ({
  migrations: pipelinesMigrations,
  rooms: (kernel, governance, address) => [pipelinesRoom(kernel, portsOf(near, { address, governance }))],
})

export type Belt = TestServer & {
  near: Neighbours
  declare: (pipelines: Record<string, Pipeline>, environments?: Record<string, Environment>) => Promise<void>
  /** Starts a run and waits for its end. */
  run: (body: { pipeline: string; parameters?: Record<string, unknown>; cache?: boolean }) => Promise<Run>
  ended: (run: string) => Promise<Run>
}

const put = (kernel: Kernel, kind: string, body: { name: string; body: unknown }) =>
  kernel.write((tx) => kernel.definitions.put(tx, { project, kind, ...body, actor: system }))

/** A server with this room alone. */
export const belt = async (
  t: TestContext,
  near: Neighbours = neighbours(),
  options: Partial<TestOptions> = {},
): Promise<Belt> => {
  const server = await testServer(t, { ...wiringOf(near), ...options })
  const ended = (run: string) =>
    eventually(
      `the end of ${run}`,
      async () => {
        const found = await server.call(pipelineRoutes.getRun, { project, run })
        return found.status !== 'running' && found.status !== 'cancelling' ? found : undefined
      },
      60_000,
    )
  return {
    ...server,
    near,
    ended,
    async declare(pipelines, environments = {}) {
      for (const [name, body] of Object.entries(environments))
        await put(server.kernel, environmentDefinition.kind, { name, body })
      for (const [name, body] of Object.entries(pipelines))
        await put(server.kernel, pipelineDefinition.kind, { name, body })
    },
    async run(body) {
      const { id } = await server.call(pipelineRoutes.startRun, { project, ...body })
      return ended(id)
    },
  }
}

/** Keeps a folder as the code of the project. */
export const applyCode = async (server: Belt, folder: string): Promise<void> => {
  server.near.code.tree = (await storeTree(server.kernel.blobs, folder)).digest
}

/** Keeps a folder as the data of a repository. */
export const commitFolder = async (server: Belt, repository: string, folder: string): Promise<string> => {
  const { digest } = await storeTree(server.kernel.blobs, folder)
  server.near.repositories.set(`${repository}@main`, digest)
  return digest
}

export const stepIn = (run: Run, name: string) => {
  const step = run.plan.find((one) => one.name === name)
  if (!step) throw new Error(`the run has no step ${name}`)
  return step
}

/** A command for a shell, as an author would write it who wants one. */
export const sh = (script: string): string[] => ['sh', '-c', script]

/** A pipeline of one step, and one that comes after it. */
export const alone = (run: string | string[], more: Partial<Pipeline['steps'][string]> = {}): Pipeline => ({
  steps: { only: { run, ...more }, after: { run: ['true'], after: ['only'] } },
})
