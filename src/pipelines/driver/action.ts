import type { Blobs } from '../../kernel/blobs/blobs.ts'
import { isAppError, messageOf, type ErrorCode } from '../../kernel/errors.ts'
import type { Artifact } from '../contract.ts'
import type { Outcome } from '../machine/state.ts'
import type { ActionBuiltin } from '../ports.ts'
import { inputsOf, parametersOf } from '../task-inputs.ts'
import type { Order } from './launch.ts'

/** Refusals: asking again would be refused again. */
const final: readonly ErrorCode[] = [
  'invalid',
  'unauthenticated',
  'forbidden',
  'not_found',
  'conflict',
  'too_large',
  'not_implemented',
]

const failure = (error: unknown): Outcome => {
  const hint = isAppError(error) ? error.hint : undefined
  return {
    status: 'failed',
    error: { code: 'action', message: messageOf(error), ...(hint === undefined ? {} : { hint }) },
    retriable: !isAppError(error) || !final.includes(error.code),
  }
}

const missingOutputs = (order: Order, outputs: Record<string, Artifact>): Outcome | undefined => {
  const missing = Object.keys(order.task.outputs).filter((name) => !Object.hasOwn(outputs, name))
  if (missing.length === 0) return undefined
  return failure(new Error(`The step declares ${missing.join(', ')}, which it does not make.`))
}

const timedOut = (timeoutMs: number): Outcome => ({
  status: 'failed',
  error: { code: 'timeout', message: `The step took longer than ${timeoutMs / 1000} s and was ended.` },
  retriable: true,
})

/** Performs a step inside the server. Its key is the same for all attempts, so doing it again after a crash has the effect of once. */
export const performAction = async (
  { perform }: ActionBuiltin,
  order: Order,
  { blobs, signal }: { blobs: Blobs; signal: AbortSignal },
): Promise<Outcome> => {
  const { record, task, steps, trackingRun } = order
  const limit = AbortSignal.timeout(Math.min(task.timeoutMs, 2_147_483_647))
  const either = AbortSignal.any([signal, limit])
  try {
    const made = await Promise.race([
      perform({
        project: record.project,
        pipeline: record.pipeline,
        run: record.id,
        step: task.name,
        key: `${record.id}/${task.name}`,
        with: parametersOf(record, task),
        inputs: inputsOf(record, task, steps),
        trackingRun,
        startedBy: record.startedBy,
        signal: either,
      }),
      new Promise<'ended'>((resolve) =>
        either.addEventListener('abort', () => resolve('ended'), { once: true }),
      ),
    ])
    if (made === 'ended') return signal.aborted ? { status: 'cancelled' } : timedOut(task.timeoutMs)
    const outputs: Record<string, Artifact> = {}
    for (const [name, value] of Object.entries(made))
      outputs[name] = { ...(await blobs.put(JSON.stringify(value))), kind: 'json' }
    return missingOutputs(order, outputs) ?? { status: 'succeeded', outputs }
  } catch (error) {
    return failure(error)
  }
}
