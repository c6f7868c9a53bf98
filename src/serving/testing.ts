import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { dataMigrations, dataRoom } from '../data/index.ts'
import { featuresMigrations, featuresRoom } from '../features/index.ts'
import { system } from '../kernel/auth/principal.ts'
import { storeTree } from '../kernel/blobs/tree.ts'
import { modelDefinition, type ModelDefinition } from '../registry/contract.ts'
import { registryMigrations, registryRoom, type Registry } from '../registry/index.ts'
import {
  cleanup,
  eventually,
  scratchFolder,
  testServer,
  type TestOptions,
  type TestServer,
} from '../testing.ts'
import { trackingMigrations, trackingRoom } from '../tracking/index.ts'
import { startAgent, type RunningAgent } from './agent/agent.ts'
import { endpointDefinition, servingRoutes, type EndpointBody, type EndpointPage } from './contract.ts'
import { servingMigrations, servingRoom, type ServingRoom } from './index.ts'

export const project = 'demo'

export type ServingServer = TestServer & { registry: Registry; serving: ServingRoom }

/** A server with every room that serving stands on, all real. */
export const servingServer = async (
  t: TestContext,
  options: Pick<TestOptions, 'home' | 'port' | 'clock'> = {},
): Promise<ServingServer> => {
  const made: { registry: Registry; serving: ServingRoom }[] = []
  const server = await testServer(t, {
    ...options,
    migrations: [
      ...dataMigrations,
      ...trackingMigrations,
      ...registryMigrations,
      ...featuresMigrations,
      ...servingMigrations,
    ],
    rooms: (kernel) => {
      const data = dataRoom(kernel)
      const tracking = trackingRoom(kernel)
      const registry = registryRoom(kernel, { tracking })
      const features = featuresRoom(kernel, { data })
      const serving = servingRoom(kernel, { registry, features })
      made.push({ registry, serving })
      return [data, tracking, registry, features, serving]
    },
  })
  const [rooms] = made
  if (!rooms) throw new Error('the rooms were not built')
  return { ...server, ...rooms }
}

export const startedAgent = async (
  t: TestContext,
  server: TestServer,
  more: { name?: string; home?: string } = {},
): Promise<RunningAgent> => {
  const token = await server.governance.forAgent(more.name ?? 'one')
  const agent = await startAgent({
    server: server.url,
    home: more.home ?? (await scratchFolder(t)),
    host: '127.0.0.1',
    port: 0,
    name: more.name ?? 'one',
    token: () => token,
    key: undefined,
    address: undefined,
    timeoutMs: 10_000,
    segmentMs: 60_000,
    spoolBytes: 1024 * 1024 * 1024,
  })
  let isStopped = false
  const stop = async (): Promise<void> => {
    if (isStopped) return
    isStopped = true
    await agent.stop()
  }
  cleanup(t, stop)
  return { ...agent, stop }
}

const put = (
  server: TestServer,
  definition: { kind: string; name: string; body: unknown },
): Promise<unknown> =>
  server.kernel.write((tx) => server.kernel.definitions.put(tx, { project, actor: system, ...definition }))

/** Declares an endpoint and its model as `apply` does. */
export const declare = async (
  server: TestServer,
  body: Partial<EndpointBody> = {},
  model: ModelDefinition = {},
): Promise<void> => {
  await put(server, { kind: modelDefinition.kind, name: 'm', body: model })
  await put(server, { kind: endpointDefinition.kind, name: 'e', body: { model: 'm', ...body } })
}

let runs = 0

/** Registers a fixture model of the agent as the next version, as a pipeline does. */
export const register = async (server: ServingServer, fixture: string): Promise<number> => {
  const folder = join(import.meta.dirname, 'agent', 'fixtures', fixture)
  const { digest } = await storeTree(server.kernel.blobs, folder)
  runs += 1
  const { version } = await server.registry.register({
    project,
    run: `run-${runs}`,
    step: 'register',
    actor: { kind: 'person', id: 'author', name: 'author' },
    with: { model: 'm' },
    inputs: { files: digest },
  })
  if (version === undefined) throw new Error('the gate refused the fixture')
  return version
}

export const page = (server: TestServer): Promise<EndpointPage> =>
  server.call(servingRoutes.getEndpoint, { project, endpoint: 'e' })

export const live = (server: TestServer, version: number): Promise<EndpointPage> =>
  eventually(`version ${version} to be live`, async () => {
    const shown = await page(server)
    return shown.version === version && shown.rollout === null ? shown : undefined
  })
