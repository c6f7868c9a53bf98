import {
  hasEnded,
  hasSucceeded,
  isInFlight,
  type Machine,
  type MachinePlan,
  type RunState,
} from '../machine/state.ts'
import { machine } from '../machine/machine.ts'
import { soundParts, type Parts } from './simulator.ts'

/**
 * Orchestrators with a bug each, to prove that the simulator would find it. A simulator that finds nothing in these finds nothing
 * in ours either.
 */
export const plantedBugs: Record<string, Parts> = {}

const plant = (name: string, spoiled: Machine) => {
  plantedBugs[name] = { ...soundParts, machine: spoiled }
}

const inFlight = (state: RunState) => Object.values(state.steps).filter(isInFlight)

plant('accepts the result of a stale attempt', (plan, state, event) => {
  const token = 'step' in event ? state.steps[event.step]?.token : undefined
  return machine(plan, state, token === undefined ? event : ({ ...event, token } as typeof event))
})

plant('accepts a result twice', (plan, state, event) => {
  const step = event.type === 'ended' ? state.steps[event.step] : undefined
  if (!step || !hasEnded(step) || event.type !== 'ended') return machine(plan, state, event)
  const reopened = {
    ...state,
    steps: { ...state.steps, [step.name]: { ...step, status: 'running' as const, token: event.token } },
  }
  return machine(plan, reopened, event)
})

plant('forgets to retry', (plan, state, event) => {
  const next = machine(plan, state, event)
  const steps = Object.values(next.state.steps).map((step) => [
    step.name,
    step.status === 'backoff' ? { ...step, dueAt: null } : step,
  ])
  return { ...next, state: { ...next.state, steps: Object.fromEntries(steps) } }
})

plant('retries without end', (plan, state, event) =>
  machine(
    { steps: plan.steps.map((step) => ({ ...step, retry: { ...step.retry, attempts: Infinity } })) },
    state,
    event,
  ),
)

const withoutNeeds = (plan: MachinePlan): MachinePlan => ({
  steps: plan.steps.map((step) => ({ ...step, needs: step.needs.slice(1) })),
})
plant('starts before an input is there', (plan, state, event) => machine(withoutNeeds(plan), state, event))

plant('starts what should be skipped', (plan, state, event) =>
  machine(
    { steps: plan.steps.map((step) => ({ ...step, trigger: 'upstream ended' as const })) },
    state,
    event,
  ),
)

plant('loses a cancel', (plan, state, event) =>
  machine(plan, state, event.type === 'cancel' ? { type: 'tick', now: event.now } : event),
)

plant('calls a run cancelled and lets its steps go on', (plan, state, event) => {
  const next = machine(plan, state, event)
  if (event.type !== 'cancel') return next
  const steps = Object.values(next.state.steps).map((step) => [
    step.name,
    hasSucceeded(step) ? step : { ...step, status: 'cancelled' },
  ])
  return {
    state: { ...next.state, status: 'cancelled', steps: Object.fromEntries(steps) },
    effects: [],
    facts: next.facts,
  }
})

plant('starts a running step again after a restart of the server', (plan, state, event) => {
  if (event.type !== 'resumed') return machine(plan, state, event)
  const restarted = inFlight(state).map((step) => [step.name, { ...step, status: 'backoff', dueAt: 0 }])
  return machine(plan, { ...state, steps: { ...state.steps, ...Object.fromEntries(restarted) } }, event)
})

plant('never repeats an order', (plan, state, event) => {
  const next = machine(plan, state, event)
  const effects = next.effects.filter(
    (effect) => effect.type !== 'launch' || state.steps[effect.step]?.token !== effect.token,
  )
  return { ...next, effects }
})

plant('never gives up a silent attempt', (plan, state, event) => {
  const next = machine(plan, state, event)
  const steps = Object.values(next.state.steps).map((step) => [step.name, { ...step, leaseUntil: null }])
  return { ...next, state: { ...next.state, steps: Object.fromEntries(steps) } }
})

plant('does not hear that an attempt is alive', (plan, state, event) => {
  const renewed = event.type === 'alive' && state.steps[event.step]?.status === 'running'
  return machine(plan, state, renewed ? { type: 'tick', now: event.now } : event)
})

plant('trusts the clock when it jumps', (plan, state, event) =>
  machine(plan, { ...state, at: event.now }, event),
)

plant('never ends a step that hangs', (plan, state, event) =>
  machine({ steps: plan.steps.map((step) => ({ ...step, timeoutMs: Infinity })) }, state, event),
)

plant('gives two attempts the same token', (plan, state, event) => {
  const next = machine(plan, state, event)
  return { ...next, state: { ...next.state, token: 1 } }
})

plant('counts a lost machine as a failure of the step', (plan, state, event) => {
  if (event.type !== 'ended' || event.outcome.status !== 'lost') return machine(plan, state, event)
  return machine(plan, state, {
    ...event,
    outcome: { status: 'failed', error: event.outcome.error, retriable: true },
  })
})

plantedBugs['starts a repeated order twice'] = { ...soundParts, exclusive: false }
