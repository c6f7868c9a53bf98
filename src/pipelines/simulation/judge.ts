import { hasEnded, hasSucceeded, runHasEnded, type RunState, type StepState } from '../machine/state.ts'
import type { Artifact } from '../run.contract.ts'
import type { Job } from './job.ts'
import type { Scenario } from './scenario.ts'

/** A promise of the orchestrator that a history broke. */
export class Violation extends Error {
  override readonly name = 'Violation'
}

const must = (kept: boolean, broken: () => string) => {
  if (!kept) throw new Violation(broken())
}

const sameOutputs = (a: Record<string, Artifact>, b: Record<string, Artifact>) =>
  JSON.stringify(a) === JSON.stringify(b)

/** Watches everything that physically happens and everything that is stored, and knows nothing of how the machine works. */
export type Judge = {
  begins(job: Job, given: Readonly<Record<string, string>>): void
  stored(before: RunState, after: RunState, message: { token: number | undefined; retry: boolean }): void
  cancelAccepted(): void
}

export const judgeOf = (
  scenario: Scenario,
  jobs: ReadonlyMap<number, Job>,
  current: () => RunState,
): Judge => {
  let cancelled = false
  const needsOf = (name: string) => scenario.plan.steps.find((step) => step.name === name)
  const checkStep = (
    was: StepState,
    is: StepState,
    message: { token: number | undefined; retry: boolean },
  ) => {
    if (hasSucceeded(was))
      must(
        hasSucceeded(is) && sameOutputs(was.outputs, is.outputs),
        () => `${is.name} had its result replaced`,
      )
    if (hasEnded(was) && !hasEnded(is)) must(message.retry, () => `${is.name} had ended and began again`)
    if (hasSucceeded(is) && !hasSucceeded(was)) {
      must(
        message.token === was.token,
        () => `a stale result of ${is.name} was accepted (${message.token}, not ${was.token})`,
      )
      const job = jobs.get(was.token)
      must(job?.state === 'done' && job.product !== null, () => `${is.name} succeeded and no job of it had`)
      must(is.outputs['out']?.digest === job?.product, () => `${is.name} has the outputs of another attempt`)
    }
    if (is.attempt > was.attempt)
      must(is.token > was.token, () => `${is.name} has a new attempt under an old token`)
  }
  return {
    begins(job, given) {
      const planned = needsOf(job.step)
      const others = [...jobs.values()].filter(
        (other) =>
          other !== job &&
          other.step === job.step &&
          other.state === 'running' &&
          other.worker.state === 'up',
      )
      must(others.length === 0, () => `${job.step} runs twice at once`)
      for (const need of planned?.needs ?? []) {
        const upstream = current().steps[need]
        const ready =
          planned?.trigger === 'upstream ended'
            ? upstream && hasEnded(upstream)
            : upstream && hasSucceeded(upstream)
        must(ready === true, () => `${job.step} began before ${need} had ended well`)
        must(
          !upstream || !hasSucceeded(upstream) || given[need] === upstream.outputs['out']?.digest,
          () => `${job.step} began without the output of ${need}`,
        )
      }
    },
    stored(before, after, message) {
      for (const was of Object.values(before.steps)) {
        const is = after.steps[was.name]
        must(is !== undefined, () => `${was.name} vanished`)
        if (is) checkStep(was, is, message)
      }
      if (runHasEnded(after))
        must(Object.values(after.steps).every(hasEnded), () => 'the run ended before its steps')
      if (message.retry) cancelled = false
      if (cancelled)
        must(after.token === before.token, () => 'a step was started after the run was cancelled')
      if (cancelled && runHasEnded(after))
        must(after.status === 'cancelled', () => `a cancelled run ended as ${after.status}`)
    },
    cancelAccepted() {
      cancelled = true
    },
  }
}
