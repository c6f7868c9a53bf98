import type { Http } from '../kernel/http/server.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { alertRecorder } from './alert.recording.ts'
import { alertStore, toAlert } from './alert.store.ts'
import { captureService } from './captures.ts'
import { captureStore } from './captures.store.ts'
import type { AlertView } from './contract.ts'
import { evaluatingService } from './evaluating.ts'
import { feedbackService } from './feedback.ts'
import { windowJob } from './jobs.ts'
import { measuringService } from './measuring.ts'
import type { MonitoringDeps } from './ports.ts'
import { predictionService } from './predictions.ts'
import { mountMonitoring } from './routes.ts'
import { monitoringService } from './service.ts'
import { createTurns } from './turns.ts'
import { windowStore } from './window.store.ts'

export type { MonitoringDeps } from './ports.ts'
export { monitoringMigrations } from './tables.ts'

/** How often windows are looked at. A round without news is one query per monitor. */
const roundEveryMs = 1000

/** Captures, labels, monitors and alerts: is what is served still as good as when it was approved, and on the same world? */
export const monitoringRoom = (kernel: Kernel, rooms: MonitoringDeps) => {
  const captures = captureStore(kernel.db)
  const windows = windowStore(kernel.db)
  const alerts = alertStore(kernel.db)
  const measuring = measuringService({ registry: rooms.registry, kernel, captures })
  const record = alertRecorder({ kernel, windows, alerts })
  const evaluating = evaluatingService({ kernel, captures, windows, record, measuring })
  const turns = createTurns()
  const job = windowJob({ kernel, captures, windows, evaluating, turns })
  const loop = kernel.loop({ name: 'monitoring.windows', everyMs: roundEveryMs, run: job.round })

  return {
    /** Newest alerts first; at most 200. */
    alerts: async (of: {
      project: string
      monitor?: string
      status?: 'open' | 'resolved'
    }): Promise<AlertView[]> => (await alerts.list({ ...of, limit: 200 })).map(toAlert),
    mount: (http: Http): void =>
      mountMonitoring(http, {
        monitors: monitoringService({ kernel, captures, windows, alerts, evaluating, turns }),
        captures: captureService(kernel, captures, loop.wake),
        feedback: feedbackService(kernel, captures),
        predictions: predictionService({ kernel, captures, rooms }),
        definitions: kernel.definitions,
      }),
    start: measuring.clean,
    stop: async (): Promise<void> => job.stop(),
  }
}
