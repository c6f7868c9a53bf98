import { lossLimit, type RunState } from '../machine/state.ts'
import type { Judge } from './judge.ts'

type Message = { token: number | undefined; retry: boolean }

/** What survives a crash, and the counts of what was ever stored. */
export type Disk = {
  state(): RunState
  store(after: RunState, message: Message): void
  /** What a new server finds: the state as it comes back from JSON. */
  reload(): void
  /** Failures of a step that were accepted so far, over retries of the run too. */
  failuresOf(step: string): number
  /** Some step lost more attempts than it may. */
  lostTooMuch(): boolean
}

export const diskOf = (first: RunState, judge: Judge): Disk => {
  const failures = new Map<string, number>()
  let lostTooMuch = false
  let state = first
  return {
    state: () => state,
    reload() {
      state = JSON.parse(JSON.stringify(state)) as RunState
    },
    store(after, message) {
      judge.stored(state, after, message)
      for (const step of Object.values(after.steps)) {
        lostTooMuch ||= step.losses > lossLimit
        if (step.failures > (state.steps[step.name]?.failures ?? 0))
          failures.set(step.name, (failures.get(step.name) ?? 0) + 1)
      }
      state = after
    },
    failuresOf: (step) => failures.get(step) ?? 0,
    lostTooMuch: () => lostTooMuch,
  }
}
