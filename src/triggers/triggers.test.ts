import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AppError } from '../kernel/errors.ts'
import { alertRepeated } from '../monitoring/contract.ts'
import { eventually, type TestServer } from '../testing.ts'
import { triggersRoutes } from './contract.ts'
import { newSecret, sign } from './signature.ts'
import { of, start, type World, world } from './triggers.fixture.ts'

const history = async ({ call }: TestServer) => (await call(triggersRoutes.listFirings, of)).firings

const settled = (demo: World, count: number) =>
  eventually(`${count} settled firings`, async () => {
    const found = await history(demo)
    return found.length === count && found.every(({ decision }) => decision !== 'starting') && found
  })

test('a commit that changes a watched path starts the pipeline once, with the event as its cause', async (t) => {
  const demo = await world(t)
  await demo.declare({
    on: { data: { repository: 'flights', paths: ['history/**'] } },
    start: { pipeline: 'train', parameters: { trees: 10 } },
  })
  const seq = await demo.commit(['history/2013/01.parquet'])
  const [firing] = await settled(demo, 1)
  assert.equal(firing?.decision, 'started')
  assert.equal(firing?.cause, seq)
  assert.match(
    firing?.reason ?? '',
    /Commit cccccccccccc to flights\/main changed history\/2013\/01\.parquet\./,
  )
  const [run] = [...demo.runs.values()]
  assert.deepEqual([...demo.runs.keys()], [firing?.run])
  assert.deepEqual([run?.pipeline, run?.parameters], ['train', { trees: 10 }])
  const [fired] = await demo.kernel.ledger.read({ types: ['trigger.fired'] })
  assert.equal(fired?.cause, seq)
})

test('commits elsewhere are none of its business', async (t) => {
  const demo = await world(t)
  await demo.declare({ on: { data: { repository: 'flights', paths: ['history/**'] } }, start })
  await demo.commit(['stream/2013/04.parquet'])
  await demo.commit(['history/2013/01.parquet'], { branch: 'try' })
  await demo.commit(['history/2013/02.parquet'])
  const firings = await settled(demo, 1)
  assert.match(firings[0]?.reason ?? '', /02\.parquet/)
})

test('alerts of its monitor start it, repeated ones too; while its run is active they are skipped and say why', async (t) => {
  const demo = await world(t)
  await demo.declare({ on: { alert: { monitor: 'late' } }, start })
  await demo.alert('other')
  await demo.alert('late')
  const [first] = await settled(demo, 1)
  assert.match(first?.reason ?? '', /In 2013-04 calibration_gap was 0\.0712, above the limit of 0\.04\./)
  await demo.alert('late', alertRepeated)
  const [second] = await settled(demo, 2)
  assert.equal(second?.decision, 'skipped')
  assert.match(second?.reason ?? '', new RegExp(`run ${first?.run} by this trigger has not ended`))
  await demo.finish(first?.run ?? '')
  await demo.alert('late', alertRepeated)
  const [third] = await settled(demo, 3)
  assert.equal(third?.decision, 'started')
  assert.notEqual(third?.run, first?.run)
  assert.equal(demo.runs.size, 2)
})

test('a run that commits to the repository its trigger watches does not start itself', async (t) => {
  const demo = await world(t)
  await demo.declare({ on: { data: { repository: 'flights' } }, start, overlap: 'allow' })
  await demo.commit(['a'])
  const [first] = await settled(demo, 1)
  await demo.commit(['b'], { actor: { kind: 'run', id: first?.run ?? '', name: 'run' } })
  const [second] = await settled(demo, 2)
  assert.equal(second?.decision, 'skipped')
  assert.match(second?.reason ?? '', /does not start itself/)
})

test('cooldown and budget hold back what they should and no more', async (t) => {
  const demo = await world(t)
  await demo.declare({
    on: { manual: {} },
    start,
    overlap: 'allow',
    cooldown: '10m',
    budget: { runs: 2, per: '1d' },
  })
  const fire = () => demo.call(triggersRoutes.fireTrigger, of)
  assert.equal((await fire()).decision, 'started')
  const cooling = await fire()
  assert.deepEqual([cooling.decision, cooling.run], ['skipped', null])
  assert.match(cooling.reason, /cooldown of 10m/)
  demo.clock.now += 10 * 60_000
  assert.equal((await fire()).decision, 'started')
  demo.clock.now += 10 * 60_000
  assert.match((await fire()).reason, /budget of 2 runs per 1d is spent/)
  demo.clock.now += 24 * 3_600_000
  assert.equal((await fire()).decision, 'started')
})

test('firing twice with the same key is one firing', async (t) => {
  const demo = await world(t)
  await demo.declare({ on: { manual: {} }, start })
  const first = await demo.call(triggersRoutes.fireTrigger, {
    ...of,
    key: 'k',
    reason: 'new labels',
    parameters: { trees: 5 },
  })
  const again = await demo.call(triggersRoutes.fireTrigger, { ...of, key: 'k' })
  assert.equal(again.id, first.id)
  assert.match(first.reason, /fired it: new labels\./)
  assert.deepEqual(
    [...demo.runs.values()].map(({ parameters }) => parameters),
    [{ trees: 5 }],
  )
})

test('a paused trigger notes what it skips, and acts again when resumed', async (t) => {
  const demo = await world(t)
  await demo.declare({ on: { manual: {} }, start })
  assert.equal((await demo.call(triggersRoutes.pauseTrigger, of)).paused, true)
  const skipped = await demo.call(triggersRoutes.fireTrigger, of)
  assert.match(skipped.reason, /the trigger is paused/)
  assert.equal((await demo.call(triggersRoutes.resumeTrigger, of)).paused, false)
  assert.equal((await demo.call(triggersRoutes.fireTrigger, of)).decision, 'started')
  const shown = await demo.call(triggersRoutes.getTrigger, of)
  assert.deepEqual([shown.started, shown.skipped], [1, 1])
})

test('a start that failed for now is tried again; a pipeline that cannot be started is a failed firing', async (t) => {
  const demo = await world(t, {
    before: async (turn) => {
      if (turn === 1) throw new AppError('unavailable', 'The disk is full.')
      if (turn === 3) throw new AppError('not_found', 'There is no pipeline train.')
    },
  })
  await demo.declare({ on: { alert: { monitor: 'late' } }, start })
  await demo.alert('late')
  const [first] = await settled(demo, 1)
  assert.equal(first?.decision, 'started')
  assert.equal(demo.asked(), 2)
  await demo.finish(first?.run ?? '')
  await demo.alert('late')
  const [second] = await settled(demo, 2)
  assert.equal(second?.decision, 'failed')
  assert.match(second?.reason ?? '', /There is no pipeline train/)
})

test('a run that was made before its start was lost is found again, not started twice', async (t) => {
  const demo = await world(t, {
    after: async (turn) => {
      if (turn === 1) throw new AppError('unavailable', 'The server went away.')
    },
  })
  await demo.declare({ on: { alert: { monitor: 'late' } }, start })
  await demo.alert('late')
  const [firing] = await settled(demo, 1)
  assert.equal(demo.asked(), 2)
  assert.deepEqual([firing?.decision, firing?.run], ['started', [...demo.runs.keys()][0]])
  assert.equal(demo.runs.size, 1)
})

test('a run that ends before its start is written down does not hold its trigger for ever', async (t) => {
  const ended: { finish?: (run: string) => Promise<void> } = {}
  const demo = await world(t, {
    after: async (_turn, run) => {
      await ended.finish?.(run)
      await new Promise((resolve) => setTimeout(resolve, 50))
    },
  })
  ended.finish = demo.finish
  await demo.declare({ on: { manual: {} }, start })
  assert.equal((await demo.call(triggersRoutes.fireTrigger, of)).decision, 'started')
  assert.equal((await demo.call(triggersRoutes.fireTrigger, of)).decision, 'started')
})

test('each slot of a calendar starts once, over restarts too; of missed slots the newest', async (t) => {
  const demo = await world(t)
  await demo.declare({
    on: { calendar: { cron: '0 6 * * *', timeZone: 'America/Sao_Paulo' } },
    start,
    overlap: 'allow',
  })
  await eventually('the calendar to be seen', async () => {
    const row = await demo.kernel.db
      .selectFrom('triggerState' as never)
      .selectAll()
      .executeTakeFirst()
    return row !== undefined
  })
  const six = Date.UTC(2026, 0, 6, 9)
  assert.equal((await demo.call(triggersRoutes.getTrigger, of)).nextAt, six)
  demo.clock.now = six + 500
  const [first] = await settled(demo, 1)
  assert.equal(first?.slot, six)
  await demo.stop()
  const again = await world(t, { home: demo.home })
  again.clock.now = six + 3 * 86_400_000 + 3_600_000
  const firings = await settled(again, 4)
  assert.deepEqual(
    firings.map(({ decision, slot }) => [decision, ((slot ?? 0) - six) / 86_400_000]),
    [
      ['started', 3],
      ['skipped', 2],
      ['skipped', 1],
      ['started', 0],
    ],
  )
  assert.match(firings[1]?.reason ?? '', /was missed/)
})

test('decisions outlive a restart and no event is handled twice', async (t) => {
  const demo = await world(t)
  await demo.declare({ on: { data: { repository: 'flights' } }, start })
  await demo.commit(['a'])
  const [first] = await settled(demo, 1)
  await demo.stop()
  const again = await world(t, { home: demo.home })
  again.clock.now = demo.clock.now + 1000
  await again.commit(['b'])
  const [second] = await settled(again, 2)
  assert.equal(second?.decision, 'skipped')
  assert.match(second?.reason ?? '', new RegExp(first?.run ?? 'no run'))
  assert.equal(again.asked(), 0)
})

test('a signed delivery fires a webhook trigger once; any other is refused', async (t) => {
  const demo = await world(t)
  await demo.declare({ on: { webhook: {} }, start })
  const { secret } = await demo.call(triggersRoutes.renewSecret, of)
  const deliver = (id: string, key: string, at = demo.clock.now) => {
    const body = Buffer.from(JSON.stringify({ parameters: { trees: 7 }, other: 1 }))
    const timestamp = String(Math.floor(at / 1000))
    return fetch(`${demo.url}/api/v1/projects/demo/triggers/retrain/deliveries`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': sign(key, { id, timestamp, body }),
      },
      body,
    })
  }
  const [good, again] = [await deliver('msg_1', secret), await deliver('msg_1', secret)]
  assert.equal(good.status, 200)
  assert.deepEqual(await good.json(), await again.json())
  assert.deepEqual(
    [...demo.runs.values()].map(({ parameters }) => parameters),
    [{ trees: 7 }],
  )
  assert.equal((await deliver('msg_2', newSecret())).status, 401)
  assert.equal((await deliver('msg_3', secret, demo.clock.now - 6 * 60_000)).status, 401)
  await demo.call(triggersRoutes.renewSecret, of)
  assert.equal((await deliver('msg_4', secret)).status, 401)
  assert.equal((await history(demo)).length, 1)
})

test('a trigger that is not declared is named in the error, and only webhooks have secrets', async (t) => {
  const demo = await world(t)
  await assert.rejects(demo.call(triggersRoutes.getTrigger, of), {
    code: 'not_found',
    message: /no trigger retrain/,
  })
  await demo.declare({ on: { manual: {} }, start })
  await assert.rejects(demo.call(triggersRoutes.renewSecret, of), { code: 'conflict' })
})
