import type { MachinePlan, PlannedStep } from '../machine/state.ts'
import { chanceOf, type Chance } from './chance.ts'

/** How the work of a step turns out: well, well after some failures, never, or with attempts that hang first. */
type Behaviour =
  | { kind: 'works' }
  | { kind: 'fails first'; times: number }
  | { kind: 'always fails'; retriable: boolean }
  | { kind: 'hangs first'; times: number }
  | { kind: 'is cached' }

type Faults = {
  messageLoss: number
  messageRepeat: number
  slowMessage: number
  serverCrash: number
  workerDeath: number
  workerSleep: number
  clockJump: number
}

export type Scenario = {
  seed: number
  plan: MachinePlan
  behaviours: Readonly<Record<string, Behaviour>>
  workMs: Readonly<Record<string, number>>
  faults: Faults
  /** Somebody cancels then, and perhaps retries what came of it. */
  cancelAt: number | null
  retries: number
  /** A dead worker's jobs are known to be lost (one machine), or are only silent (a cluster). */
  deathIsSeen: boolean
}

const behaviourOf = (chance: Chance, attempts: number): Behaviour => {
  const draw = chance.next()
  if (draw < 0.55) return { kind: 'works' }
  if (draw < 0.72) return { kind: 'fails first', times: chance.between(1, attempts) }
  if (draw < 0.8) return { kind: 'hangs first', times: chance.between(1, attempts) }
  if (draw < 0.86) return { kind: 'always fails', retriable: chance.happens(0.5) }
  return { kind: 'is cached' }
}

const stepOf = (chance: Chance, index: number): PlannedStep => {
  const earlier = Array.from({ length: index }, (_, at) => `s${at}`)
  return {
    name: `s${index}`,
    needs: earlier.filter(() => chance.happens(index > 4 ? 0.3 : 0.5)),
    trigger: index > 0 && chance.happens(0.1) ? 'upstream ended' : 'upstream succeeded',
    retry: {
      attempts: chance.between(1, 3),
      delayMs: chance.pick([0, 500, 5_000]) ?? 0,
      factor: 2,
      maxDelayMs: 20_000,
    },
    // Longer than any sleep of a worker: only what hangs is ever ended.
    timeoutMs: 240_000,
  }
}

/** Each sort of fault is there in some histories and absent in others, so that they meet in all combinations. */
const faultsOf = (chance: Chance): Faults => {
  const often = (probability: number) => (chance.happens(0.5) ? chance.next() * probability : 0)
  return {
    messageLoss: often(0.35),
    messageRepeat: often(0.35),
    slowMessage: often(0.3),
    serverCrash: often(0.04),
    workerDeath: often(0.02),
    workerSleep: often(0.02),
    clockJump: often(0.01),
  }
}

export const scenarioOf = (seed: number): Scenario => {
  const chance = chanceOf(seed)
  const steps = Array.from({ length: chance.between(1, 7) }, (_, index) => stepOf(chance, index))
  return {
    seed,
    plan: { steps },
    behaviours: Object.fromEntries(
      steps.map((step) => [step.name, behaviourOf(chance, step.retry.attempts)]),
    ),
    workMs: Object.fromEntries(steps.map((step) => [step.name, chance.between(200, 15_000)])),
    faults: faultsOf(chance),
    cancelAt: chance.happens(0.25) ? chance.between(0, 60_000) : null,
    retries: chance.happens(0.4) ? chance.between(1, 2) : 0,
    deathIsSeen: chance.happens(0.5),
  }
}
