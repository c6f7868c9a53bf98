import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { calendarProblems, nextSlot, slotsBetween } from './calendar.ts'
import { decide, type History } from './deciding.ts'
import { triggerProblems } from './index.ts'
import { matchCommit } from './matching.ts'
import { isSigned, newSecret, sign } from './signature.ts'

const idle: History = {
  isPaused: false,
  lastStartedAt: undefined,
  active: undefined,
  startedInPeriod: 0,
  isOwnWork: false,
}
const body = { on: { manual: {} }, start: { pipeline: 'train' } }

test('however often something happens, a budget is never passed and starts keep the cooldown apart', () => {
  const steps = fc.array(fc.integer({ min: 0, max: 50_000 }), { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(
      steps,
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 0, max: 60 }),
      (gaps, runs, cooldown) => {
        const limited = {
          ...body,
          overlap: 'allow' as const,
          cooldown: `${cooldown}s`,
          budget: { runs, per: '2m' },
        }
        const starts: number[] = []
        let now = 0
        for (const gap of gaps) {
          now += gap
          const startedInPeriod = starts.filter((at) => at > now - 120_000).length
          const history = { ...idle, lastStartedAt: starts.at(-1), startedInPeriod }
          if (decide(limited, history, { now, what: 'It came' }).starts) starts.push(now)
        }
        for (const [at, start] of starts.entries()) {
          const before = starts[at - 1]
          if (before !== undefined) assert.ok(start - before >= cooldown * 1000)
          assert.ok(starts.filter((other) => other <= start && other > start - 120_000).length <= runs)
        }
      },
    ),
  )
})

test('a calendar keeps its hour in its own zone when the clocks change', () => {
  const daily = { cron: '0 6 * * *', timeZone: 'Europe/Lisbon' }
  const slots = slotsBetween(daily, Date.UTC(2026, 2, 28), Date.UTC(2026, 2, 30))
  assert.deepEqual(slots, [Date.UTC(2026, 2, 28, 6), Date.UTC(2026, 2, 29, 5)])
})

test('walking from slot to slot meets every slot between two moments', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10_000 }), fc.integer({ min: 1, max: 3000 }), (from, minutes) => {
      const calendar = { cron: '*/7 * * * *' }
      const [start, end] = [from * 60_000, (from + minutes) * 60_000]
      const walked: number[] = []
      for (
        let slot = nextSlot(calendar, start);
        slot !== undefined && slot <= end;
        slot = nextSlot(calendar, slot)
      )
        walked.push(slot)
      assert.deepEqual(slotsBetween(calendar, start, end), walked)
    }),
    { numRuns: 20 },
  )
})

test('a calendar that is none is a problem at its place in the file', () => {
  assert.deepEqual(calendarProblems({ cron: '0 6 * * 1', timeZone: 'Europe/Lisbon' }), [])
  const [zone] = triggerProblems({
    nightly: { on: { calendar: { cron: '0 6 * * *', timeZone: 'Lisbon' } }, start: body.start },
  })
  assert.equal(zone?.path, 'triggers.nightly.on.calendar.timeZone')
  const [cron] = triggerProblems({ nightly: { on: { calendar: { cron: '61 6 * * *' } }, start: body.start } })
  assert.equal(cron?.path, 'triggers.nightly.on.calendar.cron')
  assert.equal(calendarProblems({ cron: '0 0 31 2 *' })[0]?.path, 'cron')
})

test('a commit too large to be named whole counts when its named part cannot rule it out', () => {
  const on = { data: { repository: 'flights', paths: ['history/*.csv'] } }
  const change = (path: string) => ({ path, action: 'added' as const, digest: 'd', sizeBytes: 1 }) as never
  const commit = { repository: 'flights', branch: 'main', commit: 'c'.repeat(64), changes: [change('a.txt')] }
  assert.equal(matchCommit({ ...body, on }, { ...commit, total: 1 }), undefined)
  assert.match(matchCommit({ ...body, on }, { ...commit, total: 5000 }) ?? '', /only 1 are named/)
})

test('signatures are those of the Standard Webhooks specification', () => {
  // The example of the specification's reference libraries.
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
  const delivery = {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    timestamp: '1614265330',
    body: Buffer.from('{"test": 2432232314}'),
  }
  const signature = sign(secret, delivery)
  assert.equal(signature, 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  const now = 1_614_265_330_000
  assert.ok(isSigned(secret, { ...delivery, signature: `v1,AAAA ${signature}` }, now))
  assert.ok(!isSigned(secret, { ...delivery, signature, body: Buffer.from('{}') }, now))
  assert.ok(!isSigned(newSecret(), { ...delivery, signature }, now))
  assert.ok(!isSigned(secret, { ...delivery, signature }, now + 6 * 60_000))
})
