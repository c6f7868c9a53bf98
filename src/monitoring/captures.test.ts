import assert from 'node:assert/strict'
import { test } from 'node:test'
import { monitoringRoutes } from './contract.ts'
import { april, captureLines, labelsOf, ndjson, world } from './monitoring.fixture.ts'

const lines = captureLines({ segment: 'a', from: april, rows: 30, shadow: 30 })
const segment = { agent: 'agent-1', project: 'demo', endpoint: 'late', segment: 'a' }

test('a segment is kept once, however often the agent sends it', async (t) => {
  const { call } = await world(t)
  const first = await call(monitoringRoutes.uploadCapture, { ...segment, rows: 60, body: ndjson(lines) })
  assert.deepEqual([first.rows, first.stored], [60, true])
  const second = await call(monitoringRoutes.uploadCapture, { ...segment, rows: 60, body: ndjson(lines) })
  assert.deepEqual(second, { ...first, stored: false })
})

test('a segment id with other bytes is a conflict, and the first bytes stay', async (t) => {
  const { call } = await world(t)
  await call(monitoringRoutes.uploadCapture, { ...segment, body: ndjson(lines) })
  const other = ndjson(captureLines({ segment: 'a', from: april, rows: 5 }))
  await assert.rejects(call(monitoringRoutes.uploadCapture, { ...segment, body: other }), {
    code: 'conflict',
  })
  const kept = await call(monitoringRoutes.getPrediction, { project: 'demo', prediction: 'a.29' })
  assert.equal(kept.line.id, 'a.29')
})

test('a segment that was cut off on its way is refused', async (t) => {
  const { call } = await world(t)
  const cut = ndjson(lines).slice(0, -20)
  await assert.rejects(call(monitoringRoutes.uploadCapture, { ...segment, rows: 60, body: cut }), {
    code: 'invalid',
  })
  await assert.rejects(
    call(monitoringRoutes.uploadCapture, { ...segment, rows: 60, body: ndjson(lines.slice(0, 59)) }),
    { code: 'invalid', message: /announced with 60 lines and has 59/ },
  )
  await assert.rejects(call(monitoringRoutes.getPrediction, { project: 'demo', prediction: 'a.0' }), {
    code: 'not_found',
  })
})

test('lines that are no captures are named by their number', async (t) => {
  const { call } = await world(t)
  const [line] = lines
  const bad = ndjson([
    line,
    { ...line, id: 'b.1' },
    { ...line, version: 'two' },
    { ...line, at: 'yesterday' },
  ])
  await assert.rejects(
    call(monitoringRoutes.uploadCapture, { ...segment, body: bad }),
    (error: { problems: { line: number }[] }) => {
      assert.deepEqual(
        error.problems.map((problem) => problem.line),
        [2, 3, 4],
      )
      return true
    },
  )
  await assert.rejects(call(monitoringRoutes.uploadCapture, { ...segment, body: '\n' }), { code: 'invalid' })
})

test('a prediction shows what was asked, both answers, and its last label', async (t) => {
  const { call } = await world(t, () => ({
    serving: {
      releaseOf: async (_project, _endpoint, version) => ({
        release: 5,
        kind: 'release',
        model: 'late',
        version,
        files: `sha256:${'0'.repeat(64)}`,
        createdAt: 1,
        createdBy: { kind: 'person', id: 'ana', name: 'Ana' },
      }),
    },
  }))
  await call(monitoringRoutes.uploadCapture, { ...segment, body: ndjson(lines) })
  await call(monitoringRoutes.sendFeedback, {
    project: 'demo',
    endpoint: 'late',
    labels: labelsOf('a', 3, () => false),
  })
  await call(monitoringRoutes.sendFeedback, {
    project: 'demo',
    endpoint: 'late',
    labels: [{ prediction: 'a.1', value: true }],
  })
  const shown = await call(monitoringRoutes.getPrediction, { project: 'demo', prediction: 'a.1' })
  assert.deepEqual(shown.line, lines[2])
  assert.deepEqual(shown.shadows, [lines[3]])
  assert.equal(shown.label?.value, 1)
  assert.equal(shown.release?.id, '3')
  assert.match(shown.explanation, /Release 3 of late \(late version 2, variant champion\) answered/)
  const { predictions } = await call(monitoringRoutes.listPredictions, {
    project: 'demo',
    endpoint: 'late',
    limit: 2,
  })
  assert.deepEqual(
    predictions.map(({ id }) => id),
    ['a.28', 'a.29'],
  )
})

test('labels for an endpoint that does not exist are refused', async (t) => {
  const { call } = await world(t)
  await assert.rejects(
    call(monitoringRoutes.sendFeedback, { project: 'demo', endpoint: 'other', labels: labelsOf('a', 1) }),
    { code: 'not_found' },
  )
})
