import assert from 'node:assert/strict'
import { test } from 'node:test'
import { evidence } from '../evidence/evidence.ts'
import {
  ana,
  bruno,
  carla,
  dayMs,
  eventsOf,
  factsOf,
  feed,
  goodTurn,
  story,
  type Story,
} from '../example/story.ts'
import { historyOf } from '../history/history.ts'
import type { Facts } from './facts.ts'
import { measureAll } from './measures.ts'

const start = Date.UTC(2026, 0, 5)

type Told = { later?: number; facts?: Partial<Facts> }

/** One finding of a story, some time after its last event. */
const measured = (id: string, tell: (told: Story) => void, { later = 0, facts = {} }: Told = {}) => {
  const told = story(start)
  tell(told)
  const events = eventsOf(told)
  const finding = measureAll(historyOf(events), { ...factsOf(events), ...facts }, told.now() + later).get(id)
  assert.ok(finding)
  return finding
}
const figure = (...given: Parameters<typeof measured>) => {
  const { state, n, of } = measured(...given)
  return [state, n, of]
}
const times = (count: number, turn: (told: Story) => void) => (told: Story) => {
  for (let n = 0; n < count; n += 1) turn(told)
}

/** A version from a run that a person or an alert started, approved and released. */
const released = (
  told: Story,
  {
    trainer = ana,
    approver = bruno,
    fails = false,
  }: { trainer?: typeof ana; approver?: typeof ana; fails?: boolean } = {},
) => {
  const { id } = told.commit()
  const run = told.train(id, { by: trainer })
  const version = told.register(id, run)
  told.release(version, { cause: told.approve(version, approver), fails })
  return { run, version, id }
}

test('commits of people count as gathered by hand, and only where training reads', () => {
  const tell = (told: Story) => {
    for (const actor of [ana, feed, feed, feed]) told.train(told.commit(actor).id)
  }
  assert.deepEqual(figure('K01', tell), ['not_met', 3, 4])
  assert.deepEqual(
    figure(
      'K01',
      times(9, (told) => void told.commit(feed)),
      { facts: { pipelines: [] } },
    ),
    ['insufficient', 0, 0],
  )
})

test('a run without metrics or parameters is not tracked', () => {
  const bare = new Map([2, 3, 4].map((n) => [`t${n}`, { params: 0, metrics: 1 }]))
  const finding = measured('K03', (told) => void released(told), { facts: { trackedRuns: bare } })
  assert.equal(finding.rows[0]?.why, 'lacks parameters')
  assert.deepEqual(
    figure(
      'K24',
      times(3, (told) => void released(told)),
      { facts: { trackedRuns: new Map() } },
    ),
    ['not_met', 0, 3],
  )
})

test('a reproduction with another digest is a failure, one not tried is only not enough', () => {
  assert.deepEqual(
    figure('K07', (told) => void released(told)),
    ['insufficient', 0, 1],
  )
  const differs = (told: Story) => {
    const { run, id } = released(told)
    told.train(id, { reproduces: run.run, outputs: 999 })
  }
  const finding = measured('K07', differs)
  assert.equal(finding.state, 'not_met')
  assert.match(finding.rows[0]?.why ?? '', /differs in train\.model/)
})

test('training is automatic only when each model in production has enough runs that triggers started', () => {
  assert.deepEqual(figure('K08', goodTurn), ['insufficient', 2, 2])
  assert.deepEqual(figure('K08', times(2, goodTurn)), ['met', 4, 4])
  assert.deepEqual(
    figure('K08', (told) => {
      times(2, goodTurn)(told)
      times(2, () => void told.train(told.commit().id, { by: ana }))(told)
    }),
    ['not_met', 4, 6],
  )
})

test('an alert that no trigger waits for does not close the loop, whatever happened before', () => {
  assert.deepEqual(figure('K09', goodTurn), ['met', 1, 1])
  assert.deepEqual(figure('K09', goodTurn, { facts: { triggers: [] } }), ['not_met', 0, 1])
  assert.deepEqual(
    figure('K09', (told) => void released(told)),
    ['not_met', 0, 1],
  )
})

test('a release that a person asked for is manual, one that follows an approval is not', () => {
  assert.deepEqual(
    figure(
      'K10',
      times(3, (told) => void released(told)),
    ),
    ['met', 3, 3],
  )
  const byHand = (told: Story) => {
    const { id } = told.commit()
    told.release(told.register(id, told.train(id)), { by: ana })
  }
  const finding = measured('K10', times(3, byHand))
  assert.deepEqual([finding.state, finding.rows[0]?.why], ['not_met', 'ana released it by hand'])
})

test('one person who trains and approves alone is seen without being named', () => {
  const finding = measured(
    'K20',
    times(3, (told) => void released(told, { trainer: ana, approver: ana })),
  )
  assert.deepEqual([finding.state, finding.n, finding.of], ['not_met', 0, 3])
  assert.ok(!/ana/.test(finding.sentence + finding.rows.map(({ why }) => why).join()))
  const alone = measured(
    'K20',
    times(3, (told) => void released(told, { trainer: ana, approver: bruno })),
  )
  assert.match(alone.sentence, /1 person took a step/)
  assert.equal(alone.state, 'not_met')
  const shared = measured('K20', (told) => {
    times(2, () => void released(told, { approver: bruno }))(told)
    released(told, { approver: carla })
  })
  assert.equal(shared.state, 'met')
})

test('friction is judged by level: three days are few for level 2 and many for level 3', () => {
  const slow = (told: Story) => {
    const { id } = told.commit()
    const version = told.register(id, told.train(id))
    told.wait(3 * dayMs)
    told.release(version, { cause: told.approve(version, bruno) })
  }
  const finding = measured('K21', times(3, slow))
  assert.deepEqual(finding.grades, [
    { level: 2, state: 'met' },
    { level: 3, state: 'not_met' },
  ])
  assert.match(finding.sentence, /took 3 d from registered to all traffic and 1 act by people/)
})

test('canaries alone are not an A/B test, but releases without them fail', () => {
  assert.equal(
    measured(
      'K22',
      times(5, (told) => void released(told)),
    ).state,
    'not_measured',
  )
  const atOnce = (told: Story) => {
    const { id } = told.commit()
    told.release(told.register(id, told.train(id)), { weights: [100] })
  }
  assert.deepEqual(figure('K22', times(5, atOnce)), ['not_met', 0, 4])
})

test('a commit whose arrival is not in the ledger is a gap in the lineage', () => {
  assert.equal(measured('K25', goodTurn).state, 'met')
  const finding = measured('K25', (told) => {
    const { id } = told.commit()
    const run = told.train(id)
    told.release(told.register('f'.repeat(64), run))
  })
  assert.equal(finding.rows[0]?.why, 'missing link: commit of flights → its arrival')
})

test('a monitor that is silent for a day no longer watches', () => {
  assert.equal(measured('K27', goodTurn).state, 'met')
  assert.equal(measured('K27', goodTurn, { later: 2 * dayMs }).state, 'not_met')
})

test('labels count once per window, however often it was evaluated', () => {
  const tell = (told: Story) => times(3, () => void told.watch(40))(told)
  assert.deepEqual(figure('K28', tell), ['not_met', 40, 1000])
  assert.deepEqual(
    figure('K28', (told) => void told.watch(50)),
    ['met', 50, 1000],
  )
  assert.deepEqual(
    figure('K28', (told) => void told.watch(50), { later: 8 * dayMs }),
    ['not_met', 50, 1000],
  )
})

test('an alert without an outcome is counted', () => {
  const finding = measured('K29', (told) => {
    goodTurn(told)
    told.alert()
  })
  assert.deepEqual([finding.state, finding.n, finding.of], ['not_met', 1, 2])
})

test('a feature that callers send by themselves has two definitions', () => {
  assert.equal(measured('K43', goodTurn).state, 'met')
  const endpoints = [{ name: 'late', model: 'late', lookups: [] }]
  assert.deepEqual(figure('K43', goodTurn, { facts: { endpoints } }), ['not_met', 0, 1])
})

test('a cause that started a run twice fails the triggers', () => {
  const finding = measured('K47', (told) => {
    const { id, seq } = told.commit()
    told.train(id, { source: 'data', cause: seq })
    told.train(id, { source: 'data', cause: seq })
  })
  assert.equal(finding.state, 'not_met')
  assert.match(finding.sentence, /1 cause started a run twice/)
})

test('an approval by the author, or after the release, is none', () => {
  assert.deepEqual(
    figure('K52', (told) => void released(told)),
    ['met', 1, 1],
  )
  assert.deepEqual(
    figure('K52', (told) => void released(told, { trainer: ana, approver: ana })),
    ['not_met', 0, 1],
  )
  const late = (told: Story) => {
    const { id } = told.commit()
    const version = told.register(id, told.train(id))
    told.release(version)
    told.approve(version, bruno)
  }
  assert.equal(measured('K52', late).rows[0]?.why, 'approved only after the release')
})

test('retraining by itself is counted for the model that has least of it', () => {
  assert.deepEqual(measured('K38', times(2, goodTurn)).grades, [
    { level: 1, state: 'met' },
    { level: 2, state: 'not_met' },
  ])
  assert.equal(measured('K38', (told) => void released(told)).state, 'not_met')
})

test('a kind whose records do not exist is never met, and every other kind has a measure', () => {
  const told = story(start)
  times(5, goodTurn)(told)
  const events = eventsOf(told)
  const findings = measureAll(historyOf(events), factsOf(events), told.now())
  for (const { id, missing } of evidence) {
    const finding = findings.get(id)
    if (missing !== undefined) assert.notEqual(finding?.state, 'met', id)
    else assert.notEqual(finding?.state, 'not_measured', id)
    assert.notEqual(finding?.sentence, '', id)
  }
})
