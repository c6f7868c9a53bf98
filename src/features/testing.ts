import type { TestContext } from 'node:test'
import { dataMigrations, dataRoom } from '../data/index.ts'
import { dataRoutes } from '../data/contract.ts'
import { system } from '../kernel/auth/principal.ts'
import type { Clock } from '../kernel/clock.ts'
import { testServer, type TestServer } from '../testing.ts'
import { type FeatureViewBody, featureViewDefinition } from './contract.ts'
import { featuresMigrations, featuresRoom, type FeaturesRoom } from './index.ts'

/** A server with data and features, and one repository called planes. */
export const featuresServer = async (
  t: TestContext,
  clock?: Clock,
): Promise<TestServer & { features: FeaturesRoom }> => {
  const made: FeaturesRoom[] = []
  const server = await testServer(t, {
    migrations: [...dataMigrations, ...featuresMigrations],
    rooms: (kernel) => {
      const data = dataRoom(kernel)
      const features = featuresRoom(kernel, { data })
      made.push(features)
      return [data, features]
    },
    ...(clock ? { clock } : {}),
  })
  const [features] = made
  if (!features) throw new Error('the rooms were not built')
  await server.call(dataRoutes.createRepository, { project: 'demo', name: 'planes' })
  return { ...server, features }
}

/** Declares a feature view as `apply` does. */
export const declareView = async (server: TestServer, name: string, body: FeatureViewBody): Promise<void> => {
  await server.kernel.write((tx) =>
    server.kernel.definitions.put(tx, {
      project: 'demo',
      kind: featureViewDefinition.kind,
      name,
      body,
      actor: system,
    }),
  )
}
