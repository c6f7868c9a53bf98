import { isAppError } from '../kernel/errors.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { runFinished, type RunStatus } from './contract.ts'
import type { Driver } from './driver/driver.ts'
import type { PipelinePorts } from './ports.ts'
import { markClosed, unclosedRuns, type RunHead } from './run.store.ts'
import type { Track } from './tracking.ts'

const roundEveryMs = 500
const closeEveryMs = 30_000

const trackingStatus: Partial<Record<RunStatus, 'FINISHED' | 'FAILED' | 'KILLED'>> = {
  succeeded: 'FINISHED',
  failed: 'FAILED',
  cancelled: 'KILLED',
}

type Deps = { kernel: Kernel; ports: PipelinePorts; driver: Driver; track: Track }

const closeRun = async ({ kernel, ports, track }: Deps, { record, status, trackingRun }: RunHead) => {
  const end = trackingStatus[status]
  if (!end) return
  const tracked = trackingRun ?? (await track(record))
  try {
    await ports.tracking.finishRun(record.project, tracked, { status: end, actor: record.startedBy })
  } catch (error) {
    // Somebody deleted the tracking run: there is nothing left to end.
    if (!isAppError(error)) throw error
    kernel.log.warn({ run: record.id, error: error.message }, 'the tracking run could not be ended')
  }
  await kernel.write(async (tx) => {
    // A run that is retried meanwhile keeps its tokens.
    if (await markClosed(tx, record.id)) await ports.tokens.endRun(tx, record.id)
  })
}

/** Tells others that runs have ended, until they have taken note: tracking ends its run, tokens end. */
const closeRuns = async (deps: Deps) => {
  for (const head of await unclosedRuns(deps.kernel.db)) await closeRun(deps, head)
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
