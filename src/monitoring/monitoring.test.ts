import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../testing.ts'
import { monitoringRoutes } from './contract.ts'
import {
  april,
  baselineFor,
  captureLines,
  july,
  june,
  labelsOf,
  may,
  ndjson,
  registryWith,
  type SegmentShape,
  type World,
  world,
} from './monitoring.fixture.ts'

const of = { project: 'demo', monitor: 'late' }
const monthly = { endpoint: 'late', window: 'month' }

const upload = (demo: World, shape: SegmentShape) =>
  demo.call(monitoringRoutes.uploadCapture, {
    agent: 'agent-1',
    project: 'demo',
    endpoint: 'late',
    segment: shape.segment,
    body: ndjson(captureLines(shape)),
  })

const send = (demo: World, labels: ReturnType<typeof labelsOf>) =>
  demo.call(monitoringRoutes.sendFeedback, { project: 'demo', endpoint: 'late', labels })

const windowNamed = async (demo: World, id: string) =>
  (await demo.call(monitoringRoutes.getMonitor, of)).windows.find((window) => window.id === id)

const evaluated = (demo: World, id: string, status: string) =>
  eventually(`window ${id} to be ${status}`, async () => {
    const window = await windowNamed(demo, id)
    return window?.status === status && window
  })

test('a month that later events have closed is measured by itself: drift at once, quality when its labels come', async (t) => {
  const baseline = await baselineFor(t)
  const demo = await world(t, async (kernel) => ({ registry: await registryWith(kernel, baseline) }))
  await demo.declare({ ...monthly, drift: { limit: 0.25 }, alert: { calibration_gap: { max: 0.04 } } })
  await upload(demo, { segment: 'a', from: april, rows: 600, shift: 60, shadow: 400 })
  await upload(demo, { segment: 'b', from: may, rows: 10 })

  const early = await evaluated(demo, '2013-04', 'waiting')
  assert.equal(early.rows, 600)
  assert.equal(early.labelled, 0)
  assert.deepEqual(early.drifted, ['temp'])
  assert.match(early.notes.join(' '), /No labels yet/)
  assert.equal(early.rules[0]?.verdict, 'waiting')
  assert.equal(early.baseline?.version, 2)

  await send(demo, labelsOf('a', 600))
  const judged = await evaluated(demo, '2013-04', 'fine')
  assert.equal(judged.labelled, 600)
  const [live] = judged.quality
  assert.equal(live?.role, 'live')
  assert.equal(live?.metrics['label_rate'], 0.2)
  assert.ok(Math.abs(live?.metrics['calibration_gap'] ?? 1) < 1e-12)
  assert.equal(live?.metrics['auc'], 0.5)
  const shadow = judged.quality.find(({ role, version }) => role === 'shadow' && version === 1)
  assert.equal(shadow?.rows, 400)
  assert.ok(Math.abs((shadow?.metrics['calibration_gap'] ?? 0) - 0.3) < 1e-12)
  const drift = new Map(
    judged.drift.map(({ column, method, value }) => [column, `${method} ${(value ?? -1) > 0.25}`]),
  )
  assert.deepEqual(
    [...drift],
    [
      ['temp', 'psi true'],
      ['carrier', 'psi false'],
    ],
  )

  const { monitors } = await demo.call(monitoringRoutes.listMonitors, { project: 'demo' })
  assert.equal(monitors[0]?.captures.segments, 2)
  assert.deepEqual(monitors[0]?.labels, { received: 600, unknown: 0 })
})

test('an alert is raised once, repeated by the next broken window, and resolved by a fine one', async (t) => {
  const demo = await world(t)
  await demo.declare({ ...monthly, alert: { calibration_gap: { max: 0.04 } } })
  const months = [
    { segment: 'a', from: april, predicted: 0.5 },
    { segment: 'b', from: may, predicted: 0.5 },
    { segment: 'c', from: june, predicted: 0.2 },
    { segment: 'd', from: july, predicted: 0.2 },
  ]
  for (const month of months) {
    await upload(demo, { ...month, rows: 200 })
    await send(demo, labelsOf(month.segment, 200))
  }
  await evaluated(demo, '2013-06', 'fine')
  const { alerts } = await demo.call(monitoringRoutes.listAlerts, { project: 'demo' })
  const [alert] = alerts
  assert.equal(alerts.length, 1)
  assert.ok(alert && Math.abs(alert.value - 0.3) < 1e-12)
  assert.deepEqual(
    [
      alert.status,
      alert.rule,
      alert.limit,
      alert.window.id,
      alert.windows,
      alert.resolvedWindow,
      alert.version,
    ],
    ['resolved', 'calibration_gap', 0.04, '2013-04', 2, '2013-06', 2],
  )

  const events = await demo.kernel.ledger.read({
    project: 'demo',
    types: ['alert.raised', 'alert.repeated', 'alert.resolved'],
  })
  assert.deepEqual(
    events.map(({ type }) => type),
    ['alert.raised', 'alert.repeated', 'alert.resolved'],
  )
  const [cause] = await demo.kernel.ledger.read({ after: (events[0]?.cause ?? 0) - 1, limit: 1 })
  assert.equal(cause?.type, 'monitor.window.evaluated')
  assert.equal(alert.raisedSeq, events[0]?.seq)
})

test('an acknowledged alert says who saw it and stays open', async (t) => {
  const demo = await world(t)
  await demo.declare({ ...monthly, alert: { mean_prediction: { max: 0.4 } } })
  await upload(demo, { segment: 'a', from: april, rows: 200, predicted: 0.5 })
  await upload(demo, { segment: 'b', from: may, rows: 1 })
  const open = await eventually('an alert', async () => {
    const { alerts } = await demo.call(monitoringRoutes.listAlerts, { project: 'demo', status: 'open' })
    return alerts[0]
  })
  const given = { project: 'demo', alert: open.id, note: 'the winter is mild' }
  const seen = await demo.call(monitoringRoutes.acknowledgeAlert, given)
  assert.equal(seen.status, 'open')
  assert.equal(seen.note, 'the winter is mild')
  assert.ok(seen.acknowledgedBy?.name)
  await assert.rejects(demo.call(monitoringRoutes.acknowledgeAlert, given), { code: 'conflict' })
})

test('too few rows are called insufficient, never fine', async (t) => {
  const demo = await world(t)
  await demo.declare({ ...monthly, minimumRows: 50, alert: { calibration_gap: { max: 0.04 } } })
  await upload(demo, { segment: 'a', from: april, rows: 40, predicted: 0.9 })
  await send(demo, labelsOf('a', 40))
  await upload(demo, { segment: 'b', from: may, rows: 1 })
  const window = await evaluated(demo, '2013-04', 'insufficient')
  assert.equal(window.rules[0]?.verdict, 'insufficient')
  assert.match(window.notes.join(' '), /40 live rows are fewer than 50/)
})

test('the last label of a prediction counts; repeated and unknown ones are reported', async (t) => {
  const demo = await world(t)
  await demo.declare(monthly)
  // The labels come before their captures, as after an outage of the agent's way to the server.
  const first = await send(demo, [
    ...labelsOf('a', 200),
    { prediction: 'a.0', value: 0 },
    { prediction: 'zz.1', value: 1 },
  ])
  assert.deepEqual([first.accepted, first.unknown, first.duplicates], [201, 201, 1])
  await send(demo, [...labelsOf('a', 200, () => true), { prediction: 'a.999', value: 1 }])
  await upload(demo, { segment: 'a', from: april, rows: 200 })
  await upload(demo, { segment: 'b', from: may, rows: 1 })
  const window = await eventually('labels in April', async () => {
    const found = await windowNamed(demo, '2013-04')
    return found?.labelled === 200 && found
  })
  assert.equal(window.quality[0]?.metrics['label_rate'], 1)
  assert.equal(window.unknownLabels, 1)
  assert.equal(window.duplicateLabels, 201)
  const { monitors } = await demo.call(monitoringRoutes.listMonitors, { project: 'demo' })
  assert.deepEqual(monitors[0]?.labels, { received: 402, unknown: 1 })
})

test('an open window can be looked at on request, and is judged when it closes', async (t) => {
  const demo = await world(t)
  await demo.declare({ endpoint: 'late', window: 'day', alert: { mean_prediction: { max: 0.1 } } })
  const today = Math.floor(Date.now() / 86_400_000) * 86_400_000
  await upload(demo, { segment: 'a', from: today, rows: 150 })
  const { windows } = await demo.call(monitoringRoutes.evaluateMonitor, of)
  assert.equal(windows.length, 1)
  assert.equal(windows[0]?.closed, false)
  assert.equal(windows[0]?.status, 'waiting')
  assert.ok(Math.abs((windows[0]?.quality[0]?.meanPrediction ?? 0) - 0.2) < 1e-12)
  await upload(demo, { segment: 'b', from: today + 86_400_000, rows: 1 })
  const closed = await evaluated(demo, windows[0]?.id ?? '', 'broken')
  assert.equal(closed.closed, true)
})

test('months without captures are passed over on request', async (t) => {
  const demo = await world(t)
  await demo.declare(monthly)
  await upload(demo, { segment: 'a', from: april, rows: 120 })
  await upload(demo, { segment: 'b', from: july, rows: 120 })
  const { windows } = await demo.call(monitoringRoutes.evaluateMonitor, of)
  assert.deepEqual(
    windows.map(({ id }) => id),
    ['2013-04', '2013-07'],
  )
  const { windows: may } = await demo.call(monitoringRoutes.evaluateMonitor, {
    ...of,
    from: june,
    to: june + 1,
  })
  assert.deepEqual(may, [])
})

test('a month that is past is judged on request although no later event has come', async (t) => {
  const demo = await world(t)
  await demo.declare({ ...monthly, alert: { mean_prediction: { max: 0.1 } } })
  await upload(demo, { segment: 'a', from: july, rows: 150 })
  assert.equal(await windowNamed(demo, '2013-07'), undefined)
  const { windows } = await demo.call(monitoringRoutes.evaluateMonitor, of)
  assert.equal(windows[0]?.status, 'broken')
  const [alert] = (await demo.call(monitoringRoutes.getMonitor, of)).alerts
  assert.equal(alert?.status, 'open')
})

test('evaluated windows, alerts and captures outlive a restart and nothing is evaluated again', async (t) => {
  const demo = await world(t)
  await demo.declare({ ...monthly, alert: { mean_prediction: { max: 0.1 } } })
  await upload(demo, { segment: 'a', from: april, rows: 150 })
  await upload(demo, { segment: 'b', from: may, rows: 150 })
  const before = await evaluated(demo, '2013-04', 'broken')
  const events = (await demo.kernel.ledger.read({ types: ['monitor.window.evaluated'] })).length
  await demo.stop()
  const { testServer } = await import('../testing.ts')
  const { monitoringMigrations, monitoringRoom } = await import('./index.ts')
  const { emptyRooms } = await import('./monitoring.fixture.ts')
  const again = await testServer(t, {
    home: demo.home,
    migrations: monitoringMigrations,
    rooms: (kernel) => [monitoringRoom(kernel, emptyRooms)],
  })
  await again.call(monitoringRoutes.uploadCapture, {
    agent: 'agent-1',
    project: 'demo',
    endpoint: 'late',
    segment: 'c',
    body: ndjson(captureLines({ segment: 'c', from: june, rows: 150 })),
  })
  await eventually('May', async () => {
    const { windows } = await again.call(monitoringRoutes.getMonitor, of)
    return windows.find(({ id }) => id === '2013-05')
  })
  const { windows } = await again.call(monitoringRoutes.getMonitor, of)
  assert.equal(windows[0]?.evaluatedAt, before.evaluatedAt)
  assert.equal((await again.kernel.ledger.read({ types: ['monitor.window.evaluated'] })).length, events + 1)
})

test('the rows of a window can be had as Parquet with answers and labels', async (t) => {
  const demo = await world(t)
  await demo.declare(monthly)
  await upload(demo, { segment: 'a', from: april, rows: 120, shadow: 20 })
  await send(demo, labelsOf('a', 120))
  await demo.call(monitoringRoutes.evaluateMonitor, of)
  const reply = await demo.call(monitoringRoutes.getWindowRows, { ...of, window: '2013-04' })
  const bytes = Buffer.from(await reply.arrayBuffer())
  assert.equal(bytes.subarray(0, 4).toString(), 'PAR1')
  await assert.rejects(demo.call(monitoringRoutes.getWindowRows, { ...of, window: '2013-05' }), {
    code: 'not_found',
  })
})

test('a monitor that is not declared is named in the error', async (t) => {
  const demo = await world(t)
  await assert.rejects(demo.call(monitoringRoutes.getMonitor, of), {
    code: 'not_found',
    message: /no monitor late/,
  })
})
