import assert from 'node:assert/strict'
import { test } from 'node:test'
import { machine } from './machine.ts'
import {
  leaseMs,
  lossLimit,
  newRun,
  type MachineEvent,
  type MachinePlan,
  type PlannedStep,
  type RunState,
} from './state.ts'

const step = (name: string, more: Partial<PlannedStep> = {}): PlannedStep => ({
  name,
  needs: [],
  trigger: 'upstream succeeded',
  retry: { attempts: 2, delayMs: 1_000, factor: 2, maxDelayMs: 60_000 },
  timeoutMs: 10_000,
  ...more,
})

const chain: MachinePlan = { steps: [step('a'), step('b', { needs: ['a'] })] }
const error = { code: 'exit', message: 'no' }

/** Feeds events in turn; gives the last transition. */
const play = (plan: MachinePlan, ...events: MachineEvent[]) => {
  let transition = machine(plan, newRun(plan, 0), { type: 'tick', now: 0 })
  for (const event of events) transition = machine(plan, transition.state, event)
  return transition
}
const statuses = (state: RunState) => Object.values(state.steps).map(({ status }) => status)
const good = (name: string, token: number, now = 100): MachineEvent => ({
  type: 'ended',
  now,
  step: name,
  token,
  outcome: { status: 'succeeded', outputs: {} },
})
const bad = (name: string, token: number, now = 100): MachineEvent => ({
  type: 'ended',
  now,
  step: name,
  token,
  outcome: { status: 'failed', error, retriable: true },
})
const alive = (name: string, token: number, now = 50): MachineEvent => ({
  type: 'alive',
  now,
  step: name,
  token,
  phase: 'running',
})
const tick = (now: number): MachineEvent => ({ type: 'tick', now })

test('a step starts when what it needs has succeeded, and the run ends with the last one', () => {
  const first = play(chain)
  assert.deepEqual(first.effects, [{ type: 'launch', step: 'a', attempt: 1, token: 1 }])
  const second = machine(chain, first.state, good('a', 1))
  assert.deepEqual(second.effects, [{ type: 'launch', step: 'b', attempt: 1, token: 2 }])
  assert.equal(machine(chain, second.state, good('b', 2)).state.status, 'succeeded')
})

test('a result under an old token, or a second one, changes nothing', () => {
  const { state } = play(chain, bad('a', 1), tick(1_200))
  assert.equal(state.steps['a']?.token, 2)
  for (const event of [good('a', 1, 1_300), bad('a', 1, 1_300), alive('a', 1, 1_300)])
    assert.deepEqual(machine(chain, state, event).state.steps, state.steps)
  const ended = machine(chain, state, good('a', 2, 1_300)).state
  assert.deepEqual(machine(chain, ended, bad('a', 2, 1_400)).state.steps['a'], ended.steps['a'])
})

test('a failed attempt is repeated after its delay, and what needs a failed step is skipped', () => {
  const waiting = play(chain, bad('a', 1))
  assert.deepEqual(statuses(waiting.state), ['backoff', 'waiting'])
  assert.deepEqual(machine(chain, waiting.state, tick(1_000)).effects, [])
  const again = machine(chain, waiting.state, tick(1_100))
  assert.deepEqual(again.effects, [{ type: 'launch', step: 'a', attempt: 2, token: 2 }])
  const failed = machine(chain, again.state, bad('a', 2, 1_200)).state
  assert.deepEqual(statuses(failed), ['failed', 'skipped'])
  assert.equal(failed.status, 'failed')
})

test('an attempt that is silent too long is given up and does not count as a failure, up to a limit', () => {
  let { state } = play(chain, alive('a', 1))
  const lost = () => {
    for (let second = 1; second <= leaseMs / 1000 + 2; second += 1)
      state = machine(chain, state, tick(state.at + 1_000)).state
  }
  lost()
  assert.deepEqual([state.steps['a']?.failures, state.steps['a']?.losses], [0, 1])
  for (let more = 0; more < lossLimit; more += 1) {
    for (let second = 0; second < 70; second += 1) state = machine(chain, state, tick(state.at + 1_000)).state
    state = machine(chain, state, alive('a', state.steps['a']?.token ?? 0, state.at)).state
    lost()
  }
  assert.equal(state.steps['a']?.status, 'failed')
})

test('a clock that jumps makes nothing due', () => {
  const running = play(chain, alive('a', 1)).state
  for (const jump of [86_400_000, -86_400_000]) {
    const { state, effects } = machine(chain, running, tick(running.at + jump))
    assert.deepEqual([statuses(state), effects], [['running', 'waiting'], []])
  }
})

test('an order without an answer is repeated under the same token', () => {
  const { effects } = play(chain, tick(6_000))
  assert.deepEqual(effects, [{ type: 'launch', step: 'a', attempt: 1, token: 1 }])
  assert.deepEqual(play(chain, { type: 'resumed', now: 1_000 }).effects, effects)
})

test('a cancelled run stops what runs, starts nothing more, and can be retried', () => {
  const cancelling = play(chain, alive('a', 1), { type: 'cancel', now: 60 })
  assert.deepEqual(cancelling.effects, [
    { type: 'stop', step: 'a', attempt: 1, token: 1, reason: 'cancelled' },
  ])
  const ended = machine(chain, cancelling.state, {
    type: 'ended',
    now: 70,
    step: 'a',
    token: 1,
    outcome: { status: 'cancelled' },
  })
  assert.deepEqual([ended.state.status, ...statuses(ended.state)], ['cancelled', 'cancelled', 'cancelled'])
  const again = machine(chain, ended.state, { type: 'retry', now: 80 })
  assert.deepEqual(again.effects, [{ type: 'launch', step: 'a', attempt: 2, token: 2 }])
})

test('a step that outlives its timeout is stopped, and that is a failure', () => {
  let { state } = play(chain, alive('a', 1))
  let stopped = false
  for (let second = 1; second <= 45; second += 1) {
    const next = machine(
      chain,
      machine(chain, state, alive('a', 1, state.at + 500)).state,
      tick(state.at + 1_000),
    )
    stopped ||= next.effects.some(({ type }) => type === 'stop')
    state = next.state
  }
  assert.ok(stopped)
  state = machine(chain, state, {
    type: 'ended',
    now: state.at,
    step: 'a',
    token: 1,
    outcome: { status: 'cancelled' },
  }).state
  assert.equal(state.steps['a']?.error?.code, 'timeout')
  assert.equal(state.steps['a']?.status, 'backoff')
})

test('a step that always runs waits for all, and runs after failures too', () => {
  const plan: MachinePlan = {
    steps: [
      step('a', { retry: { attempts: 1, delayMs: 0, factor: 1, maxDelayMs: 0 } }),
      step('z', { needs: ['a'], trigger: 'upstream ended' }),
    ],
  }
  const { state, effects } = play(plan, bad('a', 1))
  assert.deepEqual(statuses(state), ['failed', 'starting'])
  assert.equal(effects[0]?.step, 'z')
})
