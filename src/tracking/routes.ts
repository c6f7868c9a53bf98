import { mount } from '../kernel/http/mount.ts'
import type { Http } from '../kernel/http/server.ts'
import { trackingRoutes } from './contract.ts'
import { fromStored } from './metric.ts'
import { mediaTypeOf, sandbox } from './media-type.ts'
import type { Experiment } from './schemas.ts'
import { splitOrder } from './search/order.ts'
import type { StoredExperiment } from './experiment.service.ts'
import type { TrackingService } from './service.ts'

const toExperiment = (stored: StoredExperiment): Experiment => ({
  id: stored.id,
  name: stored.name,
  lifecycle: stored.lifecycle,
  createdAt: stored.createdAt,
  updatedAt: stored.updatedAt,
  tags: stored.tags,
})

const pairsOf = (pairs: Readonly<Record<string, string>> | undefined) =>
  Object.entries(pairs ?? {}).map(([key, value]) => ({ key, value }))

const page = (next: string | undefined) => (next === undefined ? {} : { next })

export const mountTracking = (http: Http, { experiments, runs, history, artifacts }: TrackingService): void =>
  mount(http, trackingRoutes, {
    async listExperiments({ project, ...query }) {
      const found = await experiments.search(project, query)
      return { experiments: found.experiments.map(toExperiment), ...page(found.next) }
    },
    createExperiment: async ({ project, name, tags }) =>
      toExperiment(await experiments.create(project, { name, tags })),
    getExperiment: async ({ project, experiment }) =>
      toExperiment(await experiments.get(project, experiment)),

    async searchRuns({ project, experiment, order, ...query }) {
      const found = await runs.search(project, {
        ...query,
        order: splitOrder(order),
        experiments: experiment === undefined ? undefined : [experiment],
      })
      return { runs: found.runs, ...page(found.next) }
    },
    createRun: (input, { actor }) => runs.start({ ...input, actor }),
    getRun: ({ project, run }) => runs.get(project, run),
    updateRun: ({ project, run, ...change }, { actor }) => runs.update(project, run, { ...change, actor }),
    async logToRun({ project, run, metrics, params, tags }) {
      await runs.log(project, run, { metrics, params: pairsOf(params), tags: pairsOf(tags) })
      return undefined
    },
    async deleteRun({ project, run }) {
      await runs.remove(project, run)
      return undefined
    },
    async restoreRun({ project, run }) {
      await runs.restore(project, run)
      return undefined
    },
    async metricHistory({ project, run, metric, points = 1000 }) {
      await runs.get(project, run)
      const found = await history.sampled({ run, key: metric }, points)
      return {
        total: found.total,
        points: found.points.map((point) => ({
          value: fromStored(point),
          step: point.step,
          timestamp: point.timestamp,
        })),
      }
    },

    listArtifacts: async ({ project, run, path = '' }) => ({
      artifacts: await artifacts.list(project, run, path),
    }),
    async getArtifact({ project, run, path }) {
      const { stream, sizeBytes } = await artifacts.open(project, run, path)
      return {
        stream,
        sizeBytes,
        type: mediaTypeOf(path),
        fileName: path.split('/').at(-1) ?? path,
        headers: sandbox,
      }
    },
    async putArtifact({ project, run, path, body }) {
      const { digest, sizeBytes } = await artifacts.put(project, { owner: run, path }, body)
      return { path, kind: 'file' as const, sizeBytes, digest }
    },
  })
