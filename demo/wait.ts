import type { Call } from '../src/kernel/client.ts'
import { kernelRoutes } from '../src/kernel/routes.contract.ts'
import { pipelineRoutes, type Run } from '../src/pipelines/contract.ts'
import { servingRoutes, type Rollout } from '../src/serving/contract.ts'
import { project } from './world.ts'

const pauseMs = 150

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Asks until there is an answer; after `withinMs` it says what it waited for. */
export const until = async <T>(
  what: string,
  ask: () => Promise<T | undefined>,
  withinMs = 300_000,
): Promise<T> => {
  const deadline = performance.now() + withinMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > deadline) throw new Error(`Waited ${withinMs / 1000} s in vain for ${what}.`)
    await pause(pauseMs)
  }
}

export const headOf = async (call: Call): Promise<number> =>
  (await call(kernelRoutes.listEvents, { newestFirst: true, limit: 1 })).events[0]?.seq ?? 0

type Fired = { run: string; at: number }

/** The run that a trigger starts after this point of the ledger; undefined when it decides to start none. */
export const firedAfter = async (call: Call, trigger: string, seq: number): Promise<Fired> =>
  until(`trigger ${trigger} to fire`, async () => {
    const { events } = await call(kernelRoutes.listEvents, {
      project,
      after: seq,
      type: ['trigger.fired', 'trigger.skipped'],
      limit: 100,
    })
    const own = events
      .map((event) => ({
        ...event,
        data: event.data as { trigger: string; run: string | null; reason: string },
      }))
      .find((event) => event.data.trigger === trigger)
    if (own?.type === 'trigger.skipped')
      throw new Error(`Trigger ${trigger} started nothing: ${own.data.reason}`)
    return own?.data.run ? { run: own.data.run, at: own.at } : undefined
  })

/** Follows a pipeline run to its end; a failed run ends the demo with the step's error. */
export const finished = async (call: Call, id: string, tell: (text: string) => void): Promise<Run> => {
  const run = await until(
    `run ${id}`,
    async () => {
      const now = await call(pipelineRoutes.getRun, { project, run: id })
      const active = now.plan
        .filter((step) => ['starting', 'running', 'backoff'].includes(step.status))
        .map((step) => step.name)
      tell(
        `${now.steps.succeeded + now.steps.cached} of ${now.steps.total} steps${active.length > 0 ? `, now ${active.join(', ')}` : ''}`,
      )
      return now.status === 'running' || now.status === 'cancelling' ? undefined : now
    },
    900_000,
  )
  const failed = run.plan.find((step) => step.status === 'failed')
  if (run.status !== 'succeeded')
    throw new Error(
      `Run ${id} ${run.status} in step ${failed?.name ?? '?'}: ${failed?.error?.message ?? 'no message'}`,
    )
  return run
}

export const currentRollout = async (
  call: Call,
  endpoint: string,
  version: number,
): Promise<Rollout | undefined> => {
  const { rollouts } = await call(servingRoutes.listRollouts, { project, endpoint })
  return rollouts.find((rollout) => rollout.version === version)
}
