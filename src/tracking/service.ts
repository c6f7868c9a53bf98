import type { Kernel } from '../kernel/kernel.ts'
import { artifactService } from './artifact.service.ts'
import { experimentService } from './experiment.service.ts'
import { historyService } from './history.service.ts'
import { loggedModelService } from './logged-model.service.ts'
import { runService } from './run.service.ts'

/** The use cases of tracking, by noun. */
export const trackingService = (kernel: Kernel) => {
  const experiments = experimentService(kernel)
  return {
    experiments,
    runs: runService(kernel, experiments),
    history: historyService(kernel),
    artifacts: artifactService(kernel),
    loggedModels: loggedModelService(kernel, experiments),
  }
}
export type TrackingService = ReturnType<typeof trackingService>
