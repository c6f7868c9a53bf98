import { messageOf } from '../../kernel/errors.ts'
import { attemptOf } from '../attempt.store.ts'
import { isInFlight, type Outcome, type StepState } from '../machine/state.ts'
import type { Task } from '../plan/plan.ts'
import type { ActionBuiltin, PipelinePorts } from '../ports.ts'
import type { LaunchDeps } from './launch.ts'
import type { Ending } from './record.ts'
import { stepWith, type OpenRun, type OpenRuns } from './runs.ts'

/** The step that an attempt belongs to, while it is that step's newest and goes on. */
export type Place = { run: OpenRun; step: StepState; task: Task }

/** What those who start, stop and watch attempts have in common. */
export type Desk = {
  deps: LaunchDeps
  runs: OpenRuns
  placeOf(id: string): Place | undefined
  /** Tells the machine what became of an attempt; of one that is no longer the newest, nothing is told. */
  report(id: string, outcome: Outcome, ending?: Omit<Ending, 'token'>): Promise<void>
  background(what: string, work: Promise<void>): void
  isStopped(): boolean
  /** Ends what goes on in the background, or leaves it behind when it takes long. */
  stop(): Promise<void>
}

const patienceMs = 2_000

export const deskOf = (deps: LaunchDeps, runs: OpenRuns): Desk => {
  const underway = new Set<Promise<void>>()
  let isStopped = false
  const placeOf = (id: string): Place | undefined => {
    const attempt = attemptOf(id)
    const run = attempt && runs.get(attempt.run)
    const step = attempt && stepWith(run, attempt.token)
    const task = run?.record.plan.tasks.find(({ name }) => name === step?.name)
    return run && step && task && isInFlight(step) ? { run, step, task } : undefined
  }
  return {
    deps,
    runs,
    placeOf,
    async report(id, outcome, ending) {
      const place = placeOf(id)
      if (!place || isStopped) return
      const { run, step } = place
      const event = { type: 'ended' as const, step: step.name, token: step.token, outcome }
      await runs.happen(run.record.id, event, ending && { token: step.token, ...ending })
    },
    background(what, work) {
      const watched: Promise<void> = work
        .catch((error: unknown) => {
          if (!isStopped) deps.kernel.log.error({ error: messageOf(error) }, what)
        })
        .finally(() => underway.delete(watched))
      underway.add(watched)
    },
    isStopped: () => isStopped,
    async stop() {
      isStopped = true
      let timer: NodeJS.Timeout | undefined
      const patience = new Promise((resolve) => (timer = setTimeout(resolve, patienceMs)))
      await Promise.race([Promise.allSettled(underway), patience])
      clearTimeout(timer)
      await runs.close()
    },
  }
}

export const actionOf = (ports: PipelinePorts, task: Task): ActionBuiltin | undefined => {
  const builtin = task.component.kind === 'builtin' ? ports.builtins[task.component.uses] : undefined
  return builtin && 'perform' in builtin ? builtin : undefined
}
