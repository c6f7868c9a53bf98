import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { alertStep, type Judged, type LastAlert } from './alerting.ts'
import { momentOf } from './capture-lines.ts'
import { durationMs } from '../kernel/duration.ts'
import { statusOf, verdictsOf } from './judging.ts'
import { isClosed, isDue, isLabelled, type WindowFacts } from './readiness.ts'
import type { ColumnBaseline, ColumnDrift, Quality, RuleVerdict } from './schemas.ts'
import { type Current, driftOf } from './window/drift.ts'
import { windowAt, windowsBetween } from './windows.ts'

const day = 86_400_000
const anyTime = fc.integer({ min: 0, max: 4_000_000_000_000 })
const anySpan = fc.constantFrom('hour', 'day', 'week', 'month', '28d', '6h')

test('every moment lies in exactly one window, and windows follow each other without a gap', () => {
  fc.assert(
    fc.property(anySpan, anyTime, (span, at) => {
      const window = windowAt(span, at)
      assert.ok(window.from <= at && at < window.to)
      assert.deepEqual(windowAt(span, window.from), window)
      assert.deepEqual(windowAt(span, window.to - 1), window)
      assert.equal(windowAt(span, window.to).from, window.to)
    }),
  )
})

test('weeks begin on Monday, months on the first, all in UTC', () => {
  const thursday = Date.UTC(2013, 3, 4, 23, 59)
  assert.deepEqual(windowAt('week', thursday), {
    id: '2013-04-01',
    from: Date.UTC(2013, 3, 1),
    to: Date.UTC(2013, 3, 8),
  })
  assert.deepEqual(windowAt('month', thursday), {
    id: '2013-04',
    from: Date.UTC(2013, 3, 1),
    to: Date.UTC(2013, 4, 1),
  })
  assert.equal(windowAt('hour', thursday).id, '2013-04-04T23')
  assert.deepEqual(
    windowsBetween('month', Date.UTC(2013, 10, 30), Date.UTC(2014, 0, 1)).map(({ id }) => id),
    ['2013-11', '2013-12', '2014-01'],
  )
})

test('times of captures are whole milliseconds or ISO 8601, in UTC where no zone is named', () => {
  const noon = Date.UTC(2013, 3, 1, 12)
  for (const text of [
    '2013-04-01T12:00:00Z',
    '2013-04-01 12:00:00',
    '2013-04-01T12:00:00',
    '2013-04-01T14:00:00+02:00',
    noon,
    `${noon}`,
  ])
    assert.equal(momentOf(text), noon, String(text))
  assert.equal(momentOf('2013-04-01'), noon - day / 2)
  for (const none of ['noon', null, undefined, 1.5, {}]) assert.equal(momentOf(none), undefined)
})

test('a duration is a whole number and a unit', () => {
  assert.equal(durationMs('90s'), 90_000)
  assert.equal(durationMs('2w'), 14 * day)
  assert.throws(() => durationMs('1 day'), { code: 'invalid' })
})

const april = windowAt('month', Date.UTC(2013, 3, 1))
const facts: WindowFacts = { segments: 2, rows: 1000, labels: 0, capturedAt: 0, changedAt: 0 }
const monitor = { endpoint: 'late', window: 'month' }

test('a window closes when a later event has come, or when its end is past and nothing comes any more', () => {
  const closed = (now: number, watermark: number) =>
    isClosed(monitor, april, { facts: { ...facts, capturedAt: april.to }, moment: { now, watermark } })
  assert.equal(closed(april.to + 1, april.to - 1), false)
  assert.equal(closed(april.from, april.to), true)
  assert.equal(closed(april.to + 3_599_999, april.to - 1), false)
  assert.equal(closed(april.to + 3_600_000, april.to - 1), true)
})

test('labels count as there when the share is reached, or when waiting has gone on long enough', () => {
  assert.equal(isLabelled(monitor, { ...facts, labels: 799 }, 0), false)
  assert.equal(isLabelled(monitor, { ...facts, labels: 800 }, 0), true)
  assert.equal(isLabelled({ ...monitor, labels: { wait: '2d' } }, facts, 2 * day), true)
})

test('an evaluation is due at closing, when the labels are there, when captures come late, and when many labels or the last ones came', () => {
  const moment = { now: 1000, watermark: april.to }
  const due = (
    change: Partial<WindowFacts>,
    seen?: { segments?: number; labels?: number; isWaiting?: boolean; isClosed?: boolean },
  ) =>
    isDue(monitor, april, {
      facts: { ...facts, changedAt: 1000, ...change },
      seen: seen && { segments: 2, labels: 0, isWaiting: false, isClosed: true, ...seen },
      moment,
    })
  assert.equal(due({}), true)
  assert.equal(due({ segments: 0 }), false)
  assert.equal(due({}, {}), false)
  assert.equal(due({}, { isClosed: false }), true)
  assert.equal(due({ segments: 3 }, {}), true)
  assert.equal(due({ labels: 500 }, { isWaiting: true }), false)
  assert.equal(due({ labels: 900 }, { isWaiting: true }), true)
  assert.equal(due({ labels: 910 }, { labels: 900 }), false)
  assert.equal(due({ labels: 910, changedAt: 1000 - 60_000 }, { labels: 900 }), true)
  assert.equal(due({ labels: 950 }, { labels: 900 }), true)
})

const quality = (metrics: Record<string, number | null>, labelled = 500): Quality => ({
  role: 'live',
  version: null,
  rows: 600,
  errors: 0,
  labelled,
  metrics,
  meanPrediction: 0.3,
  latencyP50Ms: null,
  latencyP95Ms: null,
})
const column = (name: string, drifted: boolean, value: number | null): ColumnDrift => ({
  column: name,
  type: 'numeric',
  method: 'psi',
  value,
  limit: 0.25,
  drifted,
  nullRate: 0.2,
  referenceNullRate: 0.05,
  mean: null,
  referenceMean: null,
  unseen: [],
  bins: [],
})

test('what cannot be judged is never called fine', () => {
  const rules = {
    ...monitor,
    alert: { auc: { min: 0.6 }, largest_drift: { max: 0.3 }, mean_prediction: { max: 0.4 } },
  }
  const verdicts = (measured: Partial<Parameters<typeof verdictsOf>[1]>, isReady = true) =>
    verdictsOf(
      rules,
      {
        rows: 600,
        labelled: 500,
        quality: [quality({ auc: 0.7 })],
        drift: [column('temp', true, 0.2)],
        ...measured,
      },
      isReady,
    )
      .map(({ verdict }) => verdict)
      .join(' ')
  assert.equal(verdicts({}), 'fine fine fine')
  assert.equal(verdicts({}, false), 'waiting fine fine')
  assert.equal(verdicts({ rows: 99 }), 'insufficient insufficient insufficient')
  assert.equal(verdicts({ quality: [quality({ auc: 0.5 }, 99)] }), 'insufficient fine fine')
  assert.equal(verdicts({ quality: [quality({ auc: null })] }), 'unknown fine fine')
  assert.equal(verdicts({ drift: [] }), 'fine unknown fine')
  assert.equal(
    verdicts({ quality: [quality({ auc: 0.5 })], drift: [column('temp', true, 0.4)] }),
    'broken broken fine',
  )
})

test('figures over all columns count, share and look for the worst', () => {
  const alert = { drifted_columns: { max: 0 }, drift_share: { max: 0.6 }, null_rise: { max: 0.1 } }
  const drift = [column('a', true, 0.5), column('b', false, 0.1)]
  const values = verdictsOf({ ...monitor, alert }, { rows: 600, labelled: 0, quality: [], drift }, false)
  assert.deepEqual(
    values.map(({ rule, value, verdict }) => [rule, Number(value?.toFixed(6)), verdict]),
    [
      ['drifted_columns', 1, 'broken'],
      ['drift_share', 0.5, 'fine'],
      ['null_rise', 0.15, 'broken'],
    ],
  )
})

test('the word for a window is the worst of its verdicts', () => {
  const word = (...verdicts: RuleVerdict['verdict'][]) =>
    statusOf(
      monitor,
      600,
      verdicts.map((verdict) => ({ rule: 'auc', verdict, value: null, limit: 0, direction: 'above' })),
    )
  assert.equal(word('fine', 'broken', 'waiting'), 'broken')
  assert.equal(word('fine', 'waiting'), 'waiting')
  assert.equal(word('fine', 'fine'), 'fine')
  assert.equal(word(), 'unknown')
  assert.equal(statusOf(monitor, 5, []), 'insufficient')
})

const may = windowAt('month', april.to)
const judged = (verdict: RuleVerdict['verdict'], change: Partial<Judged> = {}, value = 0.1): Judged => ({
  window: may,
  verdict: { rule: 'calibration_gap', verdict, value, limit: 0.04, direction: 'above' },
  rule: { max: 0.04 },
  last: undefined,
  before: [],
  isHistory: false,
  ...change,
})
const open: LastAlert = { isOpen: true, raisedTo: april.to, lastFrom: april.from, direction: 'above' }

test('an alert is raised, repeated, held and resolved as its rule asks', () => {
  assert.equal(alertStep(judged('broken')), 'raise')
  assert.equal(alertStep(judged('broken', { last: open })), 'repeat')
  assert.equal(alertStep(judged('broken', { last: open, window: april })), 'update')
  assert.equal(alertStep(judged('fine', { last: open }, 0.03)), 'resolve')
  assert.equal(alertStep(judged('fine', { last: open, rule: { max: 0.04, clear: 0.02 } }, 0.03)), 'none')
  assert.equal(alertStep(judged('fine', { last: open, rule: { max: 0.04, clear: 0.02 } }, 0.01)), 'resolve')
  for (const verdict of ['waiting', 'insufficient', 'unknown'] as const)
    assert.equal(alertStep(judged(verdict, { last: open })), 'none')
  assert.equal(alertStep(judged('broken', { isHistory: true })), 'none')
})

test('an alert waits for enough broken windows in a row and for its cooldown', () => {
  const patient = { rule: { max: 0.04, windows: 3 } }
  assert.equal(alertStep(judged('broken', { ...patient, before: ['broken'] })), 'none')
  assert.equal(alertStep(judged('broken', { ...patient, before: ['broken', 'fine', 'broken'] })), 'none')
  assert.equal(alertStep(judged('broken', { ...patient, before: ['broken', 'broken', 'fine'] })), 'raise')
  const closed = { ...open, isOpen: false }
  assert.equal(alertStep(judged('broken', { last: closed, rule: { max: 0.04, cooldown: '40d' } })), 'none')
  assert.equal(alertStep(judged('broken', { last: closed, rule: { max: 0.04, cooldown: '31d' } })), 'raise')
})

test('whatever comes, at most one alert of a rule is open and none is resolved that was not', () => {
  const verdicts = fc.array(
    fc.constantFrom('broken', 'fine', 'waiting', 'insufficient') as fc.Arbitrary<RuleVerdict['verdict']>,
    { maxLength: 40 },
  )
  fc.assert(
    fc.property(verdicts, (list) => {
      let last: LastAlert | undefined
      let window = april
      for (const verdict of list) {
        const step = alertStep(judged(verdict, { window, last }))
        if (step === 'raise') {
          assert.ok(!last?.isOpen)
          last = { ...open, raisedTo: window.to, lastFrom: window.from }
        }
        if (last && step === 'resolve') {
          assert.ok(last.isOpen)
          last = { ...last, isOpen: false }
        }
        if (verdict === 'broken') assert.ok(last?.isOpen)
        if (verdict === 'fine') assert.ok(!last?.isOpen)
        window = windowAt('month', window.to)
      }
    }),
  )
})

const base: ColumnBaseline = {
  name: 'temp',
  type: 'numeric',
  count: 1000,
  nulls: 0,
  distinct: 2,
  std: 0.5,
  edges: [1],
  counts: [500, 500],
  grid: { edges: [0, 1], counts: [0, 500, 500], means: [null, 0, 1], exact: true },
}
const current = (counts: number[], rows = 200): Current => ({
  rows,
  present: counts.reduce((a, b) => a + b, 0),
  mean: null,
  counts,
  grid: { counts: [0, ...counts], means: [null, 0, 1] },
  unseen: [],
})
const rules = { method: 'psi' as const, limit: undefined, nulls: 0.1, minimumRows: 100 }

test('a column drifts past the limit of its method, by distance, by test, or by missing values', () => {
  const value = (method: typeof rules.method | 'ks' | 'wasserstein' | 'tv' | 'js' | 'chi2') =>
    driftOf(base, current([150, 50]), { ...rules, method })
  assert.equal(driftOf(base, current([100, 100]), rules).drifted, false)
  assert.ok(Math.abs((value('ks').value ?? 0) - 0.25) < 1e-12)
  assert.ok(Math.abs((value('tv').value ?? 0) - 0.25) < 1e-12)
  assert.ok(Math.abs((value('wasserstein').value ?? 0) - 0.5) < 1e-12)
  assert.ok((value('chi2').value ?? 1) < 1e-6 && value('chi2').drifted)
  assert.ok(value('js').drifted)
  const missing = driftOf(base, current([70, 70]), rules)
  assert.equal(missing.drifted, true)
  assert.match(missing.reason ?? '', /missing values rose from 0\.0 % to 30\.0 %/)
})

test('too few values are said to be too few, and categories take a distance that needs no order', () => {
  const few = driftOf(base, current([30, 30], 60), rules)
  assert.deepEqual([few.value, few.drifted, few.reason], [null, false, 'only 60 rows have a value'])
  const names: ColumnBaseline = {
    name: 'carrier',
    type: 'categorical',
    count: 100,
    nulls: 0,
    distinct: 2,
    categories: [
      { value: 'AA', count: 50 },
      { value: 'BB', count: 50 },
    ],
    other: 0,
  }
  const drift = driftOf(
    names,
    { ...current([100, 100, 0]), unseen: ['CC'] },
    { ...rules, method: 'ks', limit: 0.5 },
  )
  assert.deepEqual([drift.method, drift.limit, drift.value, drift.unseen], ['tv', 0.1, 0, ['CC']])
})
