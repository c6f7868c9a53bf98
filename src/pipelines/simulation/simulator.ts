import { machine as sound } from '../machine/machine.ts'
import { newRun, runHasEnded, type Machine } from '../machine/state.ts'
import { diskOf, type Disk } from './disk.ts'
import { judgeOf, Violation, type Judge } from './judge.ts'
import { checkEnd } from './oracle.ts'
import { scenarioOf, type Scenario } from './scenario.ts'
import { serverOf, type Server } from './server.ts'
import type { Job } from './job.ts'
import { executorOf, type Executor } from './workers.ts'
import { horizon, worldOf, type World } from './world.ts'

/** What a planted bug may spoil: the machine, or the promise of executors that an attempt starts once. */
export type Parts = { machine: Machine; exclusive: boolean }

export const soundParts: Parts = { machine: sound, exclusive: true }

export type History = { seed: number; violation: string | undefined; tookMs: number; attempts: number }

type Stage = { world: World; disk: Disk; server: Server; executor: Executor; judge: Judge }

const stageOf = (scenario: Scenario, parts: Parts): Stage => {
  const world = worldOf(scenario)
  const jobs = new Map<number, Job>()
  const judge = judgeOf(scenario, jobs, () => disk.state())
  const disk: Disk = diskOf(newRun(scenario.plan, 0), judge)
  const server = serverOf({ world, machine: parts.machine, disk, executor: () => executor })
  const executor: Executor = executorOf({
    world,
    jobs,
    judge,
    exclusive: parts.exclusive,
    report: (report) => server.receive(report),
    failuresOf: (step) => disk.failuresOf(step),
  })
  return { world, disk, server, executor, judge }
}

/** Somebody who cancels once, and retries what failed, asking again while the server is down. */
const addPerson = ({
  world,
  disk,
  server,
  judge,
}: Stage): { isDone: () => boolean; hasCancelled: () => boolean } => {
  let retries = world.scenario.retries
  let hasCancelled = false
  const cancel = () => {
    if (disk.state().status !== 'running') return
    hasCancelled = server.cancel()
    if (hasCancelled) judge.cancelAccepted()
    else world.after(1_000, cancel)
  }
  const retry = () => {
    const { status } = disk.state()
    if (retries > 0 && (status === 'failed' || status === 'cancelled') && server.retry()) retries -= 1
    if (retries > 0) world.after(2_000, retry)
  }
  if (world.scenario.cancelAt !== null) world.after(world.scenario.cancelAt, cancel)
  retry()
  const isDone = () => {
    const state = disk.state()
    return runHasEnded(state) && (retries === 0 || state.status === 'succeeded')
  }
  return { isDone, hasCancelled: () => hasCancelled }
}

const play = (scenario: Scenario, stage: Stage) => {
  const { world, disk, server, executor } = stage
  server.start()
  const person = addPerson(stage)
  world.advance(person.isDone)
  if (!runHasEnded(disk.state())) throw new Violation('the run never ended')
  // A cancelled run has no end to compare with, nor has one that lost more machines than a step may lose.
  if (!person.hasCancelled() && !disk.lostTooMuch()) checkEnd(scenario, disk.state())
  const quietAt = world.now() + 60_000
  world.advance(() => world.now() >= Math.min(quietAt, horizon))
  const orphan = executor.busy()[0]
  if (orphan) throw new Violation(`the run ended and ${orphan.step} went on`)
}

/** Plays the history of a seed: always the same for the same seed. */
export const simulate = (seed: number, parts: Parts = soundParts): History => {
  const scenario = scenarioOf(seed)
  const stage = stageOf(scenario, parts)
  let violation: string | undefined
  try {
    play(scenario, stage)
  } catch (error) {
    if (!(error instanceof Violation)) throw error
    violation = error.message
  }
  return { seed, violation, tookMs: stage.world.now(), attempts: stage.executor.jobs.size }
}
