import type { Outcome } from '../machine/state.ts'
import type { Judge } from './judge.ts'
import { productOf, type Job } from './job.ts'
import type { World } from './world.ts'

export type Report = { step: string; token: number } & (
  | { type: 'alive'; phase: 'starting' | 'running' }
  | { type: 'ended'; outcome: Outcome }
)

export type Executor = {
  launch(order: { step: string; token: number; inputs: Readonly<Record<string, string>> }): void
  stop(order: { step: string; token: number }): void
  poll(order: { token: number }): void
  jobs: ReadonlyMap<number, Job>
  /** Anything still being worked on by a machine that is up. */
  busy(): Job[]
}

type Duties = {
  world: World
  judge: Judge
  jobs: Map<number, Job>
  report: (report: Report) => void
  /** Failures of a step that were accepted so far: its work behaves by them. */
  failuresOf: (step: string) => number
  /** Without this a repeated order starts a second process: what the claim file prevents. Off only in a planted bug. */
  exclusive: boolean
}

const outcomeOf = (world: World, step: string, failures: number): Outcome | 'hangs' => {
  const behaviour = world.scenario.behaviours[step]
  const error = { code: 'exit', message: 'The command exited with 1.' }
  switch (behaviour?.kind) {
    case 'fails first':
      if (failures < behaviour.times) return { status: 'failed', error, retriable: true }
      break
    case 'always fails':
      return { status: 'failed', error, retriable: behaviour.retriable }
    case 'hangs first':
      if (failures < behaviour.times) return 'hangs'
      break
    case 'works':
    case 'is cached':
    case undefined:
  }
  return { status: 'succeeded', outputs: {} }
}

type Voice = {
  /** What the worker says of its job: nothing while it sleeps, and nothing once it is dead, unless its death is seen. */
  tell(job: Job): void
  /** Whoever takes orders knows that the job was taken, even when the worker is silent. */
  acknowledge(job: Job): void
  refuse(order: { step: string; token: number }): void
}

const voiceOf = ({ world, report }: Duties): Voice => {
  const send = (message: Report) => world.send(() => report(message))
  const tell = (job: Job) => {
    const { step, token, outcome, worker } = job
    if (worker.state === 'asleep') return
    if (worker.state === 'dead') {
      const error = { code: 'lost', message: 'The machine is gone.' }
      if (world.scenario.deathIsSeen) send({ type: 'ended', step, token, outcome: { status: 'lost', error } })
    } else if (outcome) send({ type: 'ended', step, token, outcome })
    else send({ type: 'alive', step, token, phase: 'running' })
  }
  return {
    tell,
    acknowledge(job) {
      if (job.state === 'done') tell(job)
      else send({ type: 'alive', step: job.step, token: job.token, phase: 'running' })
    },
    refuse: ({ step, token }) => send({ type: 'ended', step, token, outcome: { status: 'cancelled' } }),
  }
}

type Physics = { finish(job: Job, outcome: Outcome): void; begin(job: Job): void }

/** Workers die, or sleep and wake; what they work on ends in its time. */
const physicsOf = ({ world, failuresOf }: Duties, voice: Voice): Physics => {
  const { chance, scenario } = world
  const finish = (job: Job, outcome: Outcome) => {
    if (job.state !== 'running' || job.worker.state === 'dead') return
    if (job.worker.state === 'asleep') return world.after(1_000, () => finish(job, outcome))
    job.state = 'done'
    job.outcome = outcome
    if (outcome.status !== 'succeeded' && outcome.status !== 'cached') job.product = null
    voice.tell(job)
  }
  const wake = (job: Job) => {
    if (job.worker.state === 'asleep') job.worker.state = 'woken'
    voice.tell(job)
  }
  const strike = (job: Job) => {
    if (job.state !== 'running' || !world.stormy()) return
    if (chance.happens(scenario.faults.workerDeath)) {
      job.worker.state = 'dead'
      job.state = 'gone'
    } else if (job.worker.state === 'up' && chance.happens(scenario.faults.workerSleep)) {
      job.worker.state = 'asleep'
      world.after(chance.between(1_000, 150_000), () => wake(job))
    }
    world.after(1_000, () => strike(job))
  }
  const begin = (job: Job) => {
    const outputs = { out: { digest: job.product ?? '', kind: 'json' as const } }
    if (scenario.behaviours[job.step]?.kind === 'is cached')
      return finish(job, { status: 'cached', outputs, from: 'earlier' })
    const outcome = outcomeOf(world, job.step, failuresOf(job.step))
    if (outcome !== 'hangs')
      world.after(scenario.workMs[job.step] ?? 0, () =>
        finish(job, outcome.status === 'succeeded' ? { status: 'succeeded', outputs } : outcome),
      )
    world.after(1_000, () => strike(job))
    voice.tell(job)
  }
  return { finish, begin }
}

/** Workers behind whoever takes orders for them. A job that is asked for late still starts, unless it was stopped before. */
export const executorOf = (duties: Duties): Executor => {
  const { world, jobs, judge, exclusive } = duties
  const voice = voiceOf(duties)
  const physics = physicsOf(duties, voice)
  const refused = new Set<number>()
  return {
    jobs,
    busy: () => [...jobs.values()].filter((job) => job.state === 'running' && job.worker.state === 'up'),
    launch({ step, token, inputs }) {
      const known = jobs.get(token)
      if (known && exclusive) return voice.acknowledge(known)
      if (refused.has(token)) return voice.refuse({ step, token })
      const product = productOf(step, inputs)
      const job: Job = { step, token, worker: { state: 'up' }, state: 'running', outcome: null, product }
      jobs.set(token, job)
      judge.begins(job, inputs)
      return physics.begin(job)
    },
    stop({ step, token }) {
      const job = jobs.get(token)
      refused.add(token)
      // The end is told when it has come, not when it was asked for.
      if (!job) voice.refuse({ step, token })
      else if (job.state !== 'running') voice.tell(job)
      else world.after(world.chance.between(0, 3_000), () => physics.finish(job, { status: 'cancelled' }))
    },
    poll({ token }) {
      const job = jobs.get(token)
      if (job) voice.tell(job)
    },
  }
}
