import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { decide, metricsOf } from './gate.ts'
import type { GateRule } from './schemas.ts'

const late: GateRule[] = [
  { metric: 'auc', min: 0.6 },
  { metric: 'log_loss', below: 'champion_log_loss', margin: 0, when: 'champion' },
]
const champion = { version: 1, metrics: { auc: 0.7 } }

test('the first version passes on its own figures: without a champion that rule is skipped, and says so', () => {
  const { passed, results } = decide(late, { auc: 0.65, log_loss: 0.5 })
  assert.equal(passed, true)
  assert.deepEqual(
    results.map(({ outcome }) => outcome),
    ['passed', 'skipped'],
  )
  assert.equal(results[1]?.why, 'There is no champion yet.')
})

test('a challenger that is not better than the champion is refused, and the figures are told', () => {
  const { passed, results } = decide(late, { auc: 0.65, log_loss: 0.52, champion_log_loss: 0.51 }, champion)
  assert.equal(passed, false)
  assert.equal(results[1]?.outcome, 'failed')
  assert.match(results[1]?.why ?? '', /log_loss: 0\.52 against below 0\.51/)
  assert.equal(decide(late, { auc: 0.65, log_loss: 0.5, champion_log_loss: 0.51 }, champion).passed, true)
  assert.equal(
    decide(late, { auc: 0.65, log_loss: 0.51, champion_log_loss: 0.51 }, champion).passed,
    false,
    'equal is no better',
  )
})

test('a rule that cannot be judged fails: silence does not open a gate', () => {
  assert.equal(decide(late, {}).passed, false)
  assert.equal(decide(late, { auc: null }).passed, false)
  assert.equal(
    decide(late, { auc: 0.9, log_loss: 0.1 }, champion).passed,
    false,
    'champion_log_loss is missing',
  )
  assert.equal(decide([{ metric: 'auc' }], { auc: 1 }).passed, false, 'a rule without a limit')
  assert.equal(decide([{ metric: 'toString', min: 0 }], {}).passed, false)
})

test('without a gate all pass, with a note', () => {
  assert.deepEqual(decide(undefined, {}), { passed: true, note: 'no gate declared', results: [] })
  assert.equal(decide([], {}).note, 'no gate declared')
})

test('the metrics that the champion was registered with can be named', () => {
  const rule: GateRule = { metric: 'auc', above: 'champion.auc', margin: 0.01 }
  assert.equal(decide([rule], { auc: 0.72 }, champion).passed, true)
  assert.equal(decide([rule], { auc: 0.705 }, champion).passed, false)
})

const rule: fc.Arbitrary<GateRule> = fc.record(
  {
    metric: fc.constantFrom('a', 'b', 'c'),
    min: fc.integer({ min: -5, max: 5 }),
    max: fc.integer({ min: -5, max: 5 }),
    below: fc.constantFrom('a', 'b'),
    margin: fc.integer({ min: 0, max: 3 }),
    when: fc.constant('champion' as const),
  },
  { requiredKeys: ['metric'] },
)
const metrics = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.option(fc.integer({ min: -5, max: 5 })))

test('a gate passes exactly when none of its rules fails, and judges every rule', () => {
  fc.assert(
    fc.property(fc.array(rule, { minLength: 1 }), metrics, fc.boolean(), (rules, given, hasChampion) => {
      const decision = decide(rules, given, hasChampion ? champion : undefined)
      assert.equal(decision.results.length, rules.length)
      assert.equal(
        decision.passed,
        decision.results.every(({ outcome }) => outcome !== 'failed'),
      )
      const alone = rules.map((one) => decide([one], given, hasChampion ? champion : undefined).results[0])
      assert.deepEqual(decision.results, alone, 'no rule depends on another')
    }),
  )
})

test('adding a rule never opens a gate', () => {
  fc.assert(
    fc.property(fc.array(rule, { minLength: 1 }), rule, metrics, (rules, extra, given) => {
      if (decide([...rules, extra], given).passed) assert.equal(decide(rules, given).passed, true)
    }),
  )
})

test('a metrics document gives its numbers by name, inner ones by dotted names, and nothing else', () => {
  assert.deepEqual(
    metricsOf({ auc: 0.7, note: 'x', ok: true, by: { month: { may: 1 } }, list: [1], none: null }),
    {
      auc: 0.7,
      'by.month.may': 1,
      none: null,
    },
  )
  assert.deepEqual(metricsOf([1, 2]), {})
  assert.deepEqual(metricsOf(3), {})
})
