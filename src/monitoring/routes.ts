import type { Definitions } from '../kernel/definitions/definitions.ts'
import { AppError } from '../kernel/errors.ts'
import type { Http } from '../kernel/http/server.ts'
import { mount } from '../kernel/http/mount.ts'
import type { CaptureService } from './captures.ts'
import { monitoringRoutes } from './contract.ts'
import type { FeedbackService } from './feedback.ts'
import { modelOf } from './ports.ts'
import type { predictionService } from './predictions.ts'
import type { MonitoringService } from './service.ts'

type Services = {
  monitors: MonitoringService
  captures: CaptureService
  feedback: FeedbackService
  predictions: ReturnType<typeof predictionService>
  definitions: Definitions
}

/** Puts the contract of monitoring on its services. */
export const mountMonitoring = (http: Http, services: Services): void => {
  const { monitors, captures, feedback, predictions, definitions } = services
  const mustExist = async (project: string, endpoint: string) => {
    if ((await modelOf(definitions, { project, endpoint })) === undefined)
      throw new AppError('not_found', `Project ${project} has no endpoint ${endpoint}.`)
  }
  mount(http, monitoringRoutes, {
    listMonitors: async ({ project }) => ({ monitors: await monitors.list(project) }),
    getMonitor: ({ limit = 60, ...of }) => monitors.get(of, limit),
    getWindow: ({ window, ...of }) => monitors.window(of, window),
    getWindowRows: async ({ window, ...of }) => ({
      ...(await monitors.rows(of, window)),
      type: 'application/vnd.apache.parquet',
      fileName: `${of.monitor}-${window}.parquet`,
    }),
    evaluateMonitor: async ({ project, monitor, ...span }, { signal }) => ({
      windows: await monitors.evaluate({ project, monitor }, { ...span, signal }),
    }),
    listAlerts: ({ limit = 100, ...query }) => monitors.alerts({ ...query, limit }),
    acknowledgeAlert: ({ note, ...of }, { actor }) => monitors.acknowledge(of, note, actor),
    sendFeedback: async (given, { actor }) => {
      await mustExist(given.project, given.endpoint)
      return feedback.receive(given, actor)
    },
    uploadCapture: (given, { actor }) => captures.upload(given, actor),
    getPrediction: (of) => predictions.get(of),
    getPredictionLineage: (of) => predictions.lineage(of),
    listPredictions: async ({ limit = 20, ...of }) => ({ predictions: await predictions.sample(of, limit) }),
  })
}
