import type { Kernel } from '../kernel/kernel.ts'
import { runFinished, type RunStatus } from './contract.ts'
import type { Driver } from './driver/driver.ts'
import type { PipelinePorts } from './ports.ts'
import { closeRun, unclosedRuns } from './run.store.ts'
import type { Track } from './tracking.ts'

const roundEveryMs = 500
const closeEveryMs = 30_000

const trackingStatus: Partial<Record<RunStatus, 'FINISHED' | 'FAILED' | 'KILLED'>> = {
  succeeded: 'FINISHED',
  failed: 'FAILED',
  cancelled: 'KILLED',
}

type Deps = { kernel: Kernel; ports: PipelinePorts; driver: Driver; track: Track }

/** Tells others that runs have ended, until they have taken note: tracking ends its run, tokens end. */
const closeRuns = async ({ kernel, ports, track }: Deps) => {
  for (const { record, status, trackingRun } of await unclosedRuns(kernel.db)) {
    const end = trackingStatus[status]
    if (!end) continue
    const tracked = trackingRun ?? (await track(record))
    await ports.tracking.finishRun(record.project, tracked, { status: end, actor: record.startedBy })
    await kernel.write(async (tx) => {
      // A run that is retried meanwhile keeps its tokens.
      if (await closeRun(tx, record.id)) await ports.tokens.endRun(tx, record.id)
    })
  }
}

export const registerJobs = (deps: Deps): void => {
  deps.kernel.loop({ name: 'pipelines.rounds', everyMs: roundEveryMs, run: () => deps.driver.round() })
  deps.kernel.loop({
    name: 'pipelines.closing',
    everyMs: closeEveryMs,
    on: [runFinished.type],
    run: () => closeRuns(deps),
  })
}
