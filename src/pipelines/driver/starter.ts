import { isAppError, messageOf } from '../../kernel/errors.ts'
import type { Outcome } from '../machine/state.ts'
import type { ActionBuiltin } from '../ports.ts'
import { performAction } from './action.ts'
import { actionOf, type Desk, type Place } from './desk.ts'
import { launchProcess, type Order } from './launch.ts'

export type Starter = {
  launch(id: string): Promise<void>
  /** Performing the action, or on the way to a process, in this server. */
  isBusy(id: string): boolean
  /** Ends an action; false when the attempt is none. */
  stopAction(id: string): Promise<boolean>
  stopAll(): void
}

const failure = (error: unknown): Outcome => ({
  status: 'failed',
  error: {
    code: isAppError(error) && error.code === 'unavailable' ? 'environment' : 'start',
    message: messageOf(error),
    ...(isAppError(error) && error.hint !== undefined ? { hint: error.hint } : {}),
  },
  retriable: !isAppError(error),
})

/** Brings attempts on their way: processes through the executor, actions in the server itself. */
export const starterOf = (desk: Desk): Starter => {
  const { deps } = desk
  const busy = new Set<string>()
  const actions = new Map<string, AbortController>()

  const orderFor = (id: string, { run, step, task }: Place, trackingRun: string): Order => ({
    record: run.record,
    task,
    attempt: step.attempt,
    token: step.token,
    steps: run.state.steps,
    trackingRun,
    isWanted: () => !desk.isStopped() && desk.placeOf(id)?.step.stopping === null,
  })

  const act = async (id: string, action: ActionBuiltin, order: Order) => {
    const control = new AbortController()
    actions.set(id, control)
    const { blobs } = deps.kernel
    // A server that stops leaves the action to the next one, which does it again under the same key.
    await desk.report(id, await performAction(action, order, { blobs, signal: control.signal }))
  }

  const begin = async (id: string, place: Place) => {
    const { record, trackingRun } = place.run
    const order = orderFor(id, place, trackingRun ?? (await deps.track(record)))
    const action = actionOf(deps.ports, place.task)
    if (action) return act(id, action, order)
    const hit = await launchProcess(deps, order)
    return hit === undefined ? undefined : desk.report(id, hit)
  }

  return {
    isBusy: (id) => busy.has(id),
    async launch(id) {
      const place = desk.placeOf(id)
      if (!place || busy.has(id) || desk.isStopped()) return
      busy.add(id)
      try {
        await begin(id, place)
      } catch (error) {
        if (!desk.isStopped())
          deps.kernel.log.warn({ attempt: id, error: messageOf(error) }, 'a step did not start')
        await desk.report(id, failure(error))
      } finally {
        busy.delete(id)
        actions.delete(id)
      }
    },
    async stopAction(id) {
      const place = desk.placeOf(id)
      actions.get(id)?.abort()
      if (actions.has(id)) return true
      if (!place || !actionOf(deps.ports, place.task)) return false
      await desk.report(id, { status: 'cancelled' })
      return true
    },
    stopAll() {
      for (const control of actions.values()) control.abort()
    },
  }
}
