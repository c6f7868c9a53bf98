import type { Outcome } from '../machine/state.ts'

/** A worker that slept and woke may have been given up meanwhile: its jobs are zombies. */
type Worker = { state: 'up' | 'dead' | 'asleep' | 'woken' }

/** A physical process. Its token is its identity: the same attempt can be asked for any number of times. */
export type Job = {
  step: string
  token: number
  worker: Worker
  state: 'running' | 'done' | 'gone'
  outcome: Outcome | null
  product: string | null
}

/** What a step makes of its inputs: the same for the same inputs, as in a reproducible pipeline. */
export const productOf = (step: string, inputs: Readonly<Record<string, string>>): string =>
  `${step}(${Object.entries(inputs)
    .map(([name, digest]) => `${name}=${digest}`)
    .join(',')})`
