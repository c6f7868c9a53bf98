import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isStale, type LedgerEvent } from '../../web/src/stale.ts'

const event = (type: string, data: object, project = 'p'): LedgerEvent => ({
  seq: 1,
  at: 0,
  type,
  project,
  subject: '',
  actor: { kind: 'person', id: 'a', name: 'a' },
  cause: null,
  data,
  previousHash: '',
  hash: '',
})
const run = '/api/v1/projects/:project/pipeline-runs/:run'

test('an event makes the things that it is about stale, and only those', () => {
  const finished = event('pipeline.step.finished', { run: 'r1', pipeline: 'train' })
  assert.equal(isStale(finished, run, { project: 'p', run: 'r1' }), true)
  assert.equal(isStale(finished, run, { project: 'p', run: 'r2' }), false)
  assert.equal(isStale(finished, '/api/v1/projects/:project/pipeline-runs', { project: 'p' }), true)
  assert.equal(isStale(finished, '/api/v1/projects/:project/models', { project: 'p' }), false)
})

test('what happens in another project leaves this one as it is', () => {
  const finished = event('pipeline.run.finished', { run: 'r1' }, 'q')
  assert.equal(isStale(finished, '/api/v1/projects/:project/pipeline-runs', { project: 'p' }), false)
})

test('every event makes the list of events stale, and never the verification or the stream', () => {
  const any = event('something.new', {})
  assert.equal(isStale(any, '/api/v1/ledger/events', { project: 'p' }), true)
  assert.equal(isStale(any, '/api/v1/ledger/verification', {}), false)
  assert.equal(isStale(any, '/api/v1/ledger/stream', {}), false)
})

test('a new definition concerns everything that a project shows', () => {
  const applied = event('definition.applied', { kind: 'pipeline', name: 'train', version: 2 })
  assert.equal(isStale(applied, '/api/v1/projects/:project/pipelines', { project: 'p' }), true)
  assert.equal(isStale(applied, '/api/v1/projects/:project', { project: 'p' }), true)
})
