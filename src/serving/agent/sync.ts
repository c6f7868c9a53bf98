import { AppError } from '../../kernel/errors.ts'
import type { AgentReport, Desired } from '../contract.ts'
import type { ControlPlane } from './server.ts'

/** While figures move they are reported this often; otherwise a poll waits for news. */
const busyMs = 1000
const idleMs = 25_000
const leastPauseMs = 200
const mostPauseMs = 5000

type Options = {
  control: ControlPlane
  report: (have: number, sequence: number) => AgentReport
  /** Changes whenever there is something to report. */
  pulse: () => number
  apply: (desired: Desired) => void
  tell: (message: string) => void
}

export type Sync = { wake: () => void; stop: () => Promise<void>; isConnected: () => boolean }

/**
 * Asks again and again what should be served, and says in each question what is. Level-triggered: any one answer is enough to converge, and a
 * lost, repeated or late one changes nothing.
 */
export const startSync = ({ control, report, pulse, apply, tell }: Options): Sync => {
  let isStopped = false
  let isConnected: boolean | undefined
  let have = 0
  let sequence = 0
  let reportedPulse = -1
  let poll: AbortController | undefined
  let isWoken = false
  let wakeUp = () => {}

  const rest = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      wakeUp = () => (clearTimeout(timer), resolve())
    })

  /** Ends a waiting poll, so that the next one carries the news. */
  const interrupt = (): void => {
    isWoken = true
    poll?.abort()
  }

  const once = async (): Promise<void> => {
    const isBusy = pulse() !== reportedPulse
    reportedPulse = pulse()
    isWoken = false
    poll = new AbortController()
    // Traffic that begins during a long wait must not stay unreported for its rest.
    const watch = setInterval(() => {
      if (!isBusy && pulse() !== reportedPulse) interrupt()
    }, busyMs)
    try {
      const desired = await control.sync(report(have, (sequence += 1)), isBusy ? busyMs : idleMs, poll.signal)
      if (isConnected !== true) tell('the server answers')
      isConnected = true
      if (desired.revision !== have) apply(desired)
      have = desired.revision
    } finally {
      clearInterval(watch)
    }
  }

  const run = async (): Promise<void> => {
    let pauseMs = leastPauseMs
    while (!isStopped) {
      try {
        await once()
        pauseMs = leastPauseMs
      } catch (error) {
        if (isStopped || isWoken) continue
        if (isConnected !== false)
          tell(
            `the server does not answer (${error instanceof AppError ? error.message : (error as Error).message}); going on without it`,
          )
        isConnected = false
        // Half of the pause is chance, so that a fleet does not come back in one wave.
        await rest(pauseMs / 2 + (Math.random() * pauseMs) / 2)
        pauseMs = Math.min(mostPauseMs, pauseMs * 2)
      }
    }
  }

  const running = run()
  return {
    wake: interrupt,
    stop: async () => {
      isStopped = true
      wakeUp()
      poll?.abort()
      await running
    },
    isConnected: () => isConnected === true,
  }
}
