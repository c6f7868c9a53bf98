import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { bullets } from './bullets/bullets.ts'
import { evidence } from './evidence/evidence.ts'
import {
  ana,
  bruno,
  dayMs,
  eventsOf,
  factsOf,
  goodTurn,
  manualTurn,
  story,
  type Story,
} from './example/story.ts'
import { historyOf } from './history/history.ts'
import { noFacts } from './measure/facts.ts'
import { assess } from './report.ts'
import type { Column, Report } from './schemas.ts'

const start = Date.UTC(2026, 0, 5)

const reportOf = (told: Story, now = told.now()): Report => {
  const events = eventsOf(told)
  return assess({ project: 'flights', history: historyOf(events), facts: factsOf(events), now }).report
}
const reportAfter = (...turns: ((told: Story) => void)[]): Report => {
  const told = story(start)
  for (const turn of turns) turn(told)
  return reportOf(told)
}
const levelsOf = (report: Report) =>
  Object.fromEntries(report.columns.map(({ column, measured }) => [column, measured])) as Record<
    Column,
    number
  >
const stateOf = (report: Report, id: string) => report.evidence.find((one) => one.id === id)?.state
const statesOf = (report: Report, ids: readonly string[]) =>
  Object.fromEntries(ids.map((id) => [id, stateOf(report, id)]))
const bulletOf = (report: Report, id: string) => report.bullets.find((one) => one.id === id)

test('the model has its 95 bullets and 53 kinds of evidence, and every bullet rests on a known kind', () => {
  const ids = new Set(evidence.map(({ id }) => id as string))
  const kinds = Object.groupBy(bullets, ({ kind }) => kind)
  assert.deepEqual(
    [
      bullets.length,
      kinds.cap?.length,
      kinds.sym?.length,
      kinds.org?.length,
      kinds.neutral?.length,
      ids.size,
    ],
    [95, 52, 32, 9, 2, 53],
  )
  assert.deepEqual(
    bullets.flatMap((bullet) => bullet.evidence.filter((id) => !ids.has(id))),
    [],
  )
  assert.equal(new Set(bullets.map(({ id }) => id)).size, 95)
})

test('an empty system is level 0 in every column, and nothing counts as met', () => {
  const { report } = assess({ project: 'p', history: historyOf([]), facts: noFacts, now: start })
  assert.equal(report.measured.level, 0)
  assert.deepEqual(new Set(Object.values(levelsOf(report))), new Set([0]))
  assert.deepEqual(
    report.evidence.filter(({ state }) => state === 'met' || state === 'not_met'),
    [],
  )
  assert.equal(report.next.level, 1)
  assert.ok(report.next.steps.some(({ evidence }) => evidence === 'K01'))
})

test('everything by one person’s hand: the symptoms of level 0 are seen and no level is reached', () => {
  const report = reportAfter(manualTurn, manualTurn, manualTurn, manualTurn)
  assert.equal(report.measured.level, 0)
  assert.deepEqual(
    statesOf(report, [
      'K01',
      'K02',
      'K03',
      'K04',
      'K05',
      'K06',
      'K07',
      'K08',
      'K09',
      'K10',
      'K15',
      'K20',
      'K25',
    ]),
    {
      K01: 'not_met',
      K02: 'not_met',
      K03: 'not_met',
      K04: 'not_met',
      K05: 'met',
      K06: 'not_met',
      K07: 'insufficient',
      K08: 'not_met',
      K09: 'not_met',
      K10: 'not_met',
      K15: 'not_met',
      K20: 'not_met',
      K25: 'not_met',
    },
  )
  for (const id of ['L0.C1', 'L0.C4', 'L0.T4', 'L0.R1', 'L0.I2', 'L2.R1'])
    assert.equal(bulletOf(report, id)?.present, true, id)
  assert.equal(bulletOf(report, 'L0.H2')?.present, null)
})

test('one turn of the loop is too little to judge shares, but lineage and reproduction stand', () => {
  const report = reportAfter(goodTurn)
  assert.deepEqual(
    statesOf(report, ['K01', 'K02', 'K05', 'K07', 'K08', 'K09', 'K10', 'K21', 'K25', 'K29', 'K52']),
    {
      K01: 'insufficient',
      K02: 'insufficient',
      K05: 'met',
      K07: 'met',
      K08: 'insufficient',
      K09: 'met',
      K10: 'insufficient',
      K21: 'insufficient',
      K25: 'met',
      K29: 'met',
      K52: 'met',
    },
  )
  assert.equal(report.measured.level, 0)
})

test('four turns of the loop hold every capability that records exist for, and the report names what is missing', () => {
  const report = reportAfter(goodTurn, goodTurn, goodTurn, goodTurn)
  assert.deepEqual(levelsOf(report), {
    highlights: 2,
    technology: 0,
    people: 1,
    'model creation': 4,
    'model release': 1,
    'application integration': 0,
  })
  assert.deepEqual(report.measured, { level: 0, holdingBack: ['technology', 'application integration'] })
  const open = report.bullets.filter(({ kind, state }) => kind === 'cap' && state !== 'met')
  assert.deepEqual(new Set(open.map(({ state }) => state)), new Set(['not_measured']))
  assert.deepEqual(
    new Set(report.next.steps.map(({ evidence }) => evidence)),
    new Set(['K16', 'K18', 'K19', 'K36']),
  )
  assert.ok(
    report.next.steps.every(({ effort, state }) => effort === 'not yet possible' && state === 'not_measured'),
  )
})

test('a way around the registry, the gate and the second pair of eyes is seen', () => {
  const told = story(start)
  for (let turn = 0; turn < 4; turn += 1) goodTurn(told)
  for (let turn = 0; turn < 4; turn += 1) {
    const { id } = told.commit()
    const version = told.register(id, told.train(id, { by: ana }), false)
    told.release(version, { by: bruno, files: `sha256:${'e'.repeat(64)}`, weights: [100] })
  }
  const report = reportOf(told)
  assert.deepEqual(statesOf(report, ['K05', 'K08', 'K10', 'K11', 'K22', 'K40', 'K52']), {
    K05: 'not_met',
    K08: 'not_met',
    K10: 'not_met',
    K11: 'not_met',
    K22: 'not_met',
    K40: 'not_met',
    K52: 'not_met',
  })
  assert.equal(levelsOf(report)['model creation'], 1)
  const share = report.evidence.find(({ id }) => id === 'K52')
  assert.deepEqual([share?.n, share?.of], [4, 8])
  assert.match(share?.sentence ?? '', /^4 of 8 releases/)
})

test('a symptom that is still there holds no level back', () => {
  const report = reportAfter(goodTurn, goodTurn, goodTurn, goodTurn)
  const withSymptoms = reportAfter(...[1, 2, 3, 4].map(() => goodTurn), (told) => {
    told.train(told.commit().id, { by: ana, source: 'data' })
    for (let n = 0; n < 3; n += 1) told.register('', undefined, true)
  })
  assert.equal(bulletOf(withSymptoms, 'L0.C4')?.present, true)
  assert.equal(bulletOf(report, 'L0.C4')?.present, false)
  assert.equal(levelsOf(withSymptoms)['model release'], levelsOf(report)['model release'])
})

test('records older than the window of a figure no longer count', () => {
  const told = story(start)
  for (let turn = 0; turn < 4; turn += 1) goodTurn(told)
  const later = reportOf(told, told.now() + 100 * dayMs)
  assert.deepEqual(statesOf(later, ['K01', 'K02', 'K08', 'K10', 'K27']), {
    K01: 'insufficient',
    K02: 'insufficient',
    K08: 'insufficient',
    K10: 'insufficient',
    K27: 'not_met',
  })
  assert.equal(stateOf(later, 'K25'), 'met')
})

const bad: ((told: Story) => void)[] = [
  manualTurn,
  (told) => void told.commit(ana),
  (told) => void told.register('', undefined, false),
  (told) => void told.alert(),
  (told) => void told.watch(0),
  (told) => void told.train(told.commit().id, { by: ana }),
  (told) => void told.release(told.register(told.commit().id), { by: ana, fails: true }),
]

test('a good turn of the loop never lowers a level, whatever went before', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(goodTurn, goodTurn, ...bad), { maxLength: 12 }), (turns) => {
      const told = story(start)
      for (const turn of turns) turn(told)
      const shorter = eventsOf({ told: [...told.told] })
      goodTurn(told)
      const longer = eventsOf(told)
      const at = (events: typeof longer) =>
        assess({ project: 'flights', history: historyOf(events), facts: factsOf(longer), now: told.now() })
          .report
      const [before, after] = [levelsOf(at(shorter)), levelsOf(at(longer))]
      for (const [column, level] of Object.entries(before))
        assert.ok(
          after[column as Column] >= level,
          `${column} fell from ${level} to ${after[column as Column]}`,
        )
    }),
    { numRuns: 150 },
  )
})

test('steps towards the next level come in the order of what they unlock for their effort', () => {
  const { steps } = reportAfter(manualTurn).next
  const impossible = steps.findIndex(({ effort }) => effort === 'not yet possible')
  assert.ok(impossible > 0)
  assert.ok(steps.slice(impossible).every(({ effort }) => effort === 'not yet possible'))
  assert.ok(steps.slice(0, impossible).every(({ command }) => command?.startsWith('esteira ')))
})

test('the digest of the definition is the same in every report', () => {
  assert.equal(reportAfter(goodTurn).definition.digest, reportAfter(manualTurn).definition.digest)
})
