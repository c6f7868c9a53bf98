import { hasEnded, hasSucceeded, type RunState, type StepState } from '../machine/state.ts'
import { Violation } from './judge.ts'
import { productOf } from './job.ts'
import type { Scenario } from './scenario.ts'

type Expected = { status: 'good' | 'failed' | 'skipped'; product: string | null }

/** Does the step work in the round it runs in, after so many rounds in which it failed? */
const works = (scenario: Scenario, name: string, failedRounds: number): boolean => {
  const behaviour = scenario.behaviours[name]
  const attempts = scenario.plan.steps.find((step) => step.name === name)?.retry.attempts ?? 1
  if (behaviour?.kind === 'always fails') return false
  if (behaviour?.kind === 'fails first' || behaviour?.kind === 'hangs first')
    return behaviour.times < attempts * (failedRounds + 1)
  return true
}

type Ledger = { expected: Map<string, Expected>; failedRounds: Map<string, number> }

const playRound = (scenario: Scenario, { expected, failedRounds }: Ledger) => {
  for (const { name, needs, trigger } of scenario.plan.steps) {
    if (expected.get(name)?.status === 'good') continue
    const upstream = needs.map((need): [string, Expected | undefined] => [need, expected.get(need)])
    const failures = failedRounds.get(name) ?? 0
    if (trigger === 'upstream succeeded' && upstream.some(([, need]) => need?.status !== 'good'))
      expected.set(name, { status: 'skipped', product: null })
    else if (works(scenario, name, failures)) {
      const products = upstream.flatMap(([need, given]) => (given?.product ? [[need, given.product]] : []))
      expected.set(name, { status: 'good', product: productOf(name, Object.fromEntries(products)) })
    } else {
      expected.set(name, { status: 'failed', product: null })
      failedRounds.set(name, failures + 1)
    }
  }
}

/** What must come of a run if nothing at all goes wrong around it: worked out from the graph, without the machine. */
const expectedOf = (scenario: Scenario): Map<string, Expected> => {
  const ledger: Ledger = { expected: new Map(), failedRounds: new Map() }
  for (let round = 0; round <= scenario.retries; round += 1) {
    if ([...ledger.expected.values()].some(({ status }) => status === 'failed') || round === 0)
      playRound(scenario, ledger)
  }
  return ledger.expected
}

const outcomeOf = (step: StepState): Expected['status'] =>
  hasSucceeded(step) ? 'good' : step.status === 'failed' ? 'failed' : 'skipped'

/** The end must be that of the fault-free history. */
export const checkEnd = (scenario: Scenario, state: RunState): void => {
  const steps = Object.values(state.steps)
  if (!steps.every(hasEnded))
    throw new Violation(`the run never ended: ${steps.map((s) => `${s.name} ${s.status}`).join(', ')}`)
  const expected = expectedOf(scenario)
  for (const step of steps) {
    const { status, product } = expected.get(step.name) ?? { status: 'skipped', product: null }
    const is = outcomeOf(step)
    if (is !== status) throw new Violation(`${step.name} should be ${status} and is ${step.status}`)
    if (status === 'good' && step.outputs['out']?.digest !== product)
      throw new Violation(`${step.name} has other outputs than in the fault-free run`)
  }
}
