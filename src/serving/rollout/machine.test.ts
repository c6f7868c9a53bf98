import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { count, noFigures } from '../figures.ts'
import type { Figures } from '../contract.ts'
import {
  advance,
  isOver,
  startRollout,
  weightsOf,
  type Effect,
  type RolloutEvent,
  type RolloutState,
} from './machine.ts'
import type { Plan } from './plan.ts'

const plan: Plan = {
  steps: [
    { weight: 10, minRequests: 100, bakeMs: 0 },
    { weight: 50, minRequests: 100, bakeMs: 1000 },
    { weight: 100, minRequests: 0, bakeMs: 0 },
  ],
  limits: { errorRate: 0.01, latencyP95Ms: 500, predictionShift: 0.05 },
  deadlineMs: 600_000,
}

type Behaviour = { mean: number; errorShare: number; latencyMs: number }
const good: Behaviour = { mean: 0.3, errorShare: 0, latencyMs: 5 }

/** Adds calls of ten rows whose means lie a little around the behaviour's mean, as batches do. */
const serve = (figures: Figures, calls: number, { mean, errorShare, latencyMs }: Behaviour): Figures => {
  const after = structuredClone(figures)
  for (let call = 0; call < calls; call += 1) {
    const failed = Math.round(10 * errorShare)
    const wobble = call % 2 === 0 ? 0.01 : -0.01
    count(after, { rows: 10, failed, sum: (10 - failed) * (mean + wobble), latencyMs })
  }
  return after
}

const observed = (at: number, canary: Figures, champion: Figures | null): RolloutEvent => ({
  type: 'observed',
  at,
  readiness: 'ready',
  canary,
  champion,
})

/** Runs traffic over a rollout, divided by its weights, until it is over or the rounds are. */
const drive = (canary: Behaviour, rounds = 200): { state: RolloutState; effects: Effect[] } => {
  let state = startRollout(plan, true, 0)
  let figures = { canary: noFigures(), champion: noFigures() }
  const effects: Effect[] = []
  for (let round = 0; round < rounds && !isOver(state); round += 1) {
    const weights = weightsOf(state)
    figures = {
      canary: serve(figures.canary, weights.canary / 10, canary),
      champion: serve(figures.champion, weights.champion / 10, good),
    }
    const next = advance(state, observed(round * 1000, figures.canary, figures.champion))
    state = next.state
    effects.push(...next.effects)
  }
  return { state, effects }
}

test('a good release goes through every step to all traffic', () => {
  const { state, effects } = drive({ ...good, mean: 0.32 })
  assert.equal(state.status, 'completed')
  assert.deepEqual(
    effects.map((effect) => (effect.type === 'stepReached' ? effect.weight : effect.type)),
    [10, 50, 100, 'completed'],
  )
})

test('a release that fails, is slow or predicts something else goes back and says which', () => {
  const expectations: [Partial<Behaviour>, string][] = [
    [{ errorShare: 0.2 }, 'errorRate'],
    [{ latencyMs: 900 }, 'latencyP95Ms'],
    [{ mean: 0.5 }, 'predictionShift'],
  ]
  for (const [fault, check] of expectations) {
    const { state } = drive({ ...good, ...fault })
    assert.equal(state.status, 'rolled_back')
    assert.equal(state.cause, 'analysis')
    assert.match(state.explanation ?? '', new RegExp(check))
  }
})

test('without traffic a rollout never moves and goes back at its deadline', () => {
  let state = startRollout(plan, true, 0)
  for (const at of [0, 1000, 599_999]) state = advance(state, observed(at, noFigures(), noFigures())).state
  assert.equal(weightsOf(state).canary, 10)
  const { state: late, effects } = advance(state, observed(600_000, noFigures(), noFigures()))
  assert.equal(late.cause, 'deadline')
  assert.equal(effects.length, 1)
  assert.match(late.explanation ?? '', /only 0 of 100 predictions at weight 10/)
})

test('a release that no agent can load goes back with the reason of the agent', () => {
  const state = startRollout(plan, true, 0)
  const event: RolloutEvent = {
    ...(observed(5, noFigures(), noFigures()) as RolloutEvent & { type: 'observed' }),
    readiness: 'failed',
    why: 'blob is damaged',
  }
  const { state: after } = advance(state, event)
  assert.deepEqual(
    [after.status, after.cause, after.explanation],
    ['rolled_back', 'unready', 'blob is damaged'],
  )
})

test('the first release has all traffic as soon as the agents are ready', () => {
  const state = startRollout(plan, false, 0)
  assert.deepEqual(weightsOf(state), { canary: 100, champion: 0 })
  const loading = advance(state, {
    type: 'observed',
    at: 1,
    readiness: 'loading',
    canary: noFigures(),
    champion: null,
  })
  assert.equal(loading.state.status, 'preparing')
  assert.equal(advance(loading.state, observed(2, noFigures(), null)).state.status, 'completed')
})

test('a pause holds the weight and the deadline, but a failing release still goes back', () => {
  const reached = advance(startRollout(plan, true, 0), observed(1, noFigures(), noFigures())).state
  const paused = advance(reached, { type: 'pause', at: 2 }).state
  const canary = serve(noFigures(), 50, good)
  const champion = serve(noFigures(), 450, good)
  const held = advance(paused, observed(700_000, canary, champion)).state
  assert.deepEqual([held.status, weightsOf(held).canary], ['paused', 10])
  const resumed = advance(held, { type: 'resume', at: 700_002 }).state
  assert.equal(resumed.deadlineAt, 600_000 + 700_000)
  assert.equal(weightsOf(advance(resumed, observed(700_003, canary, champion)).state).canary, 50)
  const bad = serve(canary, 50, { ...good, errorShare: 0.5 })
  assert.equal(advance(held, observed(700_001, bad, champion)).state.status, 'rolled_back')
})

test('promote moves everything at once, yet not before the agents are ready', () => {
  const state = startRollout(plan, true, 0)
  assert.equal(advance(state, { type: 'promote', at: 1 }).state.status, 'preparing')
  const ready = advance(state, observed(1, noFigures(), noFigures())).state
  assert.equal(advance(ready, { type: 'promote', at: 2 }).state.status, 'completed')
})

test('a step with a bake time does not move before it, however much evidence there is', () => {
  const first = advance(startRollout(plan, true, 0), observed(0, noFigures(), noFigures())).state
  const canary = serve(noFigures(), 100, good)
  const champion = serve(noFigures(), 100, good)
  const second = advance(first, observed(10, canary, champion)).state
  assert.equal(weightsOf(second).canary, 50)
  const more = [serve(canary, 100, good), serve(champion, 100, good)] as const
  assert.equal(weightsOf(advance(second, observed(1009, ...more)).state).canary, 50)
  assert.equal(advance(second, observed(1010, ...more)).state.status, 'completed')
})

test('each step asks for evidence of its own', () => {
  const first = advance(startRollout(plan, true, 0), observed(0, noFigures(), noFigures())).state
  const canary = serve(noFigures(), 15, good)
  const champion = serve(noFigures(), 100, good)
  const second = advance(first, observed(10, canary, champion)).state
  const later = advance(second, observed(5000, serve(canary, 9, good), serve(champion, 9, good))).state
  assert.deepEqual([weightsOf(later).canary, later.analysis?.predictions], [50, 90])
})

test('a report that arrives late takes nothing back', () => {
  const first = advance(startRollout(plan, true, 0), observed(0, noFigures(), noFigures())).state
  const canary = serve(noFigures(), 8, good)
  const champion = serve(noFigures(), 80, good)
  const heard = advance(first, observed(10, canary, champion)).state
  const late = advance(heard, observed(20, serve(noFigures(), 2, good), serve(noFigures(), 20, good))).state
  assert.equal(late.analysis?.predictions, 80)
})

test('a clock that jumps back neither undoes baking nor moves the deadline', () => {
  const first = advance(startRollout(plan, true, 0), observed(500_000, noFigures(), noFigures())).state
  const back = advance(first, observed(1000, noFigures(), noFigures())).state
  assert.equal(back.lastAt, 500_000)
  assert.equal(advance(back, { type: 'pause', at: 1000 }).state.pausedAt, 500_000)
})

test('while an agent is not ready nothing moves forward', () => {
  const first = advance(startRollout(plan, true, 0), observed(0, noFigures(), noFigures())).state
  const enough = observed(10, serve(noFigures(), 50, good), serve(noFigures(), 50, good))
  const held = advance(first, { ...enough, readiness: 'loading' } as RolloutEvent)
  assert.deepEqual(held.effects, [])
  assert.equal(weightsOf(advance(held.state, enough).state).canary, 50)
})

test('abort and a newer release end it with their reason, and nothing moves it afterwards', () => {
  for (const [type, cause] of [
    ['abort', 'aborted'],
    ['supersede', 'superseded'],
  ] as const) {
    const { state, effects } = advance(startRollout(plan, true, 0), { type, at: 5, why: 'because' })
    assert.deepEqual(effects, [{ type: 'rolledBack', cause, explanation: 'because' }])
    assert.deepEqual(weightsOf(state), { canary: 0, champion: 100 })
    for (const event of [
      { type: 'promote', at: 6 },
      { type: 'resume', at: 6 },
      observed(6, noFigures(), noFigures()),
    ] as RolloutEvent[])
      assert.deepEqual(advance(state, event), { state, effects: [] })
  }
})

// ---- Histories of crashes, delays and repeats ----

type World = {
  state: RolloutState
  stored: string
  reports: { canary: Figures; champion: Figures }[]
  at: number
}
type Move = { kind: 'traffic' | 'report' | 'restart' | 'pause' | 'resume' | 'clockBack'; amount: number }

const move = fc.record({
  kind: fc.oneof(
    { weight: 6, arbitrary: fc.constant('traffic' as const) },
    { weight: 8, arbitrary: fc.constant('report' as const) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        'restart' as const,
        'pause' as const,
        'resume' as const,
        'clockBack' as const,
      ),
    },
  ),
  amount: fc.nat(20),
})

const behaviour = fc.record({
  mean: fc.double({ min: 0, max: 1, noNaN: true }),
  errorShare: fc.constantFrom(0, 0, 0, 0.1, 1),
  latencyMs: fc.constantFrom(5, 100, 2000),
})

const isBad = ({ mean, errorShare, latencyMs }: Behaviour): boolean =>
  errorShare > 0.01 || latencyMs > 700 || Math.abs(mean - good.mean) > 0.1

const eventOf = (world: World, { kind, amount }: Move): RolloutEvent | undefined => {
  // A report may be old (delayed, reordered) or one that was delivered before (repeated).
  const heard = world.reports.at(-1 - (amount % world.reports.length)) ?? world.reports[0]
  if (kind === 'report' && heard !== undefined) return observed(world.at, heard.canary, heard.champion)
  if (kind === 'clockBack')
    return { type: 'observed', at: 0, readiness: 'ready', canary: noFigures(), champion: noFigures() }
  return kind === 'pause' || kind === 'resume' ? { type: kind, at: world.at } : undefined
}

const serveMore = (world: World, canary: Behaviour, amount: number): void => {
  const last = world.reports.at(-1) ?? { canary: noFigures(), champion: noFigures() }
  const weights = weightsOf(world.state)
  world.reports.push({
    canary: serve(last.canary, Math.round((amount * 4 * weights.canary) / 100), canary),
    champion: serve(last.champion, Math.round((amount * 4 * weights.champion) / 100), good),
  })
}

/** The invariants of one transition. */
const checkTransition = (before: RolloutState, after: RolloutState, effects: Effect[]): void => {
  const [was, is] = [weightsOf(before), weightsOf(after)]
  assert.equal(is.canary + is.champion, 100)
  if (isOver(before)) assert.deepEqual(effects, [])
  if (is.canary <= was.canary || before.step === -1) return
  const evidence = after.reachedAt[after.step] === after.lastAt ? before.plan.steps[before.step] : undefined
  assert.ok(evidence !== undefined, 'a weight grew without a step being reached')
  const answered = after.seen.canary.predictions - before.base.canary.predictions
  assert.ok(answered >= evidence.minRequests, `weight grew to ${is.canary} after ${answered} predictions`)
  assert.ok(
    after.lastAt - (before.reachedAt[before.step] ?? 0) >= evidence.bakeMs,
    'weight grew before the bake time',
  )
}

const play = (canary: Behaviour, moves: Move[]): World => {
  const state = startRollout(plan, true, 0)
  const world: World = {
    state,
    stored: JSON.stringify(state),
    reports: [{ canary: noFigures(), champion: noFigures() }],
    at: 0,
  }
  for (const next of moves) {
    world.at += next.amount * 50
    if (next.kind === 'traffic') serveMore(world, canary, next.amount)
    // Only what was stored with an effect survives a crash.
    if (next.kind === 'restart') world.state = JSON.parse(world.stored) as RolloutState
    const event = eventOf(world, next)
    if (event === undefined) continue
    const { state: after, effects } = advance(world.state, event)
    checkTransition(world.state, after, effects)
    if (effects.length > 0) world.stored = JSON.stringify(after)
    world.state = after
  }
  return world
}

test('in any history weights sum to 100 and never grow without evidence', () => {
  fc.assert(
    fc.property(behaviour, fc.array(move, { maxLength: 120 }), (canary, moves) => {
      play(canary, moves)
    }),
    { numRuns: 1000 },
  )
})

test('in any history a bad release never completes and has gone back by the deadline', () => {
  fc.assert(
    fc.property(behaviour.filter(isBad), fc.array(move, { maxLength: 200 }), (canary, moves) => {
      const world = play(canary, moves)
      const resumed = advance(world.state, { type: 'resume', at: world.at }).state
      const last = world.reports.at(-1) ?? { canary: noFigures(), champion: noFigures() }
      const end = advance(resumed, observed(resumed.deadlineAt, last.canary, last.champion)).state
      // A last report that proves the step lets it move once more; the next deadline check ends it.
      const after = advance(end, observed(end.deadlineAt + 1, last.canary, last.champion)).state
      assert.equal(after.status, 'rolled_back')
    }),
    { numRuns: 1000 },
  )
})

test('a repeated report changes nothing', () => {
  fc.assert(
    fc.property(behaviour, fc.array(move, { maxLength: 80 }), (canary, moves) => {
      const { state, reports, at } = play(canary, moves)
      const last = reports.at(-1)
      if (last === undefined) return
      const settled = [0, 1, 2, 3].reduce(
        (now) => advance(now, observed(at + 2000, last.canary, last.champion)).state,
        state,
      )
      const again = advance(settled, observed(at + 2000, last.canary, last.champion))
      assert.deepEqual(again.effects, [])
      assert.deepEqual(again.state, settled)
    }),
    { numRuns: 300 },
  )
})
