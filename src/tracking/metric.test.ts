import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { checkFilePath, listing } from './artifact-path.ts'
import { fromStored, latestByKey, sample, toStored } from './metric.ts'

const point = fc.record({
  key: fc.constantFrom('a', 'b'),
  value: fc.integer({ min: -3, max: 3 }),
  isNan: fc.constant(0),
  step: fc.integer({ min: 0, max: 3 }),
  timestamp: fc.integer({ min: 0, max: 3 }),
})

test('the shown value does not depend on the order in which points arrive', () => {
  fc.assert(
    fc.property(fc.array(point), fc.infiniteStream(fc.nat()), (points, chance) => {
      const shuffled = points
        .map((one) => ({ one, at: chance.next().value ?? 0 }))
        .sort((a, b) => a.at - b.at)
        .map(({ one }) => one)
      const shown = (given: typeof points) =>
        latestByKey(given)
          .map(({ key, step, timestamp, value }) => [key, step, timestamp, value].join(' '))
          .sort()
      assert.deepEqual(shown(shuffled), shown(points))
    }),
  )
})

test('a sample keeps the order, both ends and the extremes, and is never longer than asked', () => {
  const series = fc.array(fc.double({ noNaN: true }), { minLength: 3, maxLength: 400 })
  fc.assert(
    fc.property(series, fc.integer({ min: 4, max: 60 }), (values, count) => {
      const points = values.map((value, step) => ({ value, isNan: 0, step }))
      const kept = sample(points, count)
      assert.ok(kept.length <= Math.max(count, 1))
      assert.equal(kept[0], points[0])
      assert.equal(kept.at(-1), points.at(-1))
      assert.deepEqual(
        kept.map(({ step }) => step),
        kept.map(({ step }) => step).toSorted((a, b) => a - b),
      )
      const extreme = (of: typeof points) => [
        Math.max(...of.map((p) => p.value)),
        Math.min(...of.map((p) => p.value)),
      ]
      assert.deepEqual(extreme(kept), extreme(points))
    }),
  )
})

test('only what JSON can say is a metric value', () => {
  assert.deepEqual(toStored('NaN'), { value: 0, isNan: 1 })
  assert.deepEqual(toStored('-Infinity'), { value: -Number.MAX_VALUE, isNan: 0 })
  assert.equal(fromStored({ value: 0, isNan: 1 }), 'NaN')
  for (const bad of [JSON.parse('1e400'), Number.NaN, true, null, '1', 'infinity', {}])
    assert.equal(toStored(bad), undefined)
})

test('paths that could leave their folder are refused, also when decoded once more', () => {
  for (const bad of [
    '../a',
    'a/../b',
    'a/./b',
    '/a',
    'a//b',
    'a\\b',
    'a\0b',
    '..%2fa',
    '%2e%2e/a',
    '%2Fetc/passwd',
    'C:a',
    '',
    'a/',
  ])
    assert.throws(() => checkFilePath(bad), /Invalid path/, bad)
  for (const good of ['a', 'a/b.txt', 'ü/ñ.csv', '100%', 'a b#c?d', '...'])
    assert.equal(checkFilePath(good), good)
})

test('a listing shows each file under exactly one entry of its folder', () => {
  const name = fc.constantFrom('a', 'b', 'c')
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'))),
      (paths) => {
        const isFolder = (path: string) => paths.some((other) => other.startsWith(`${path}/`))
        const files = paths
          .filter((path) => !isFolder(path))
          .map((path) => ({ path, sizeBytes: 1, digest: 'd' }))
        const visit = (folder: string): string[] =>
          listing(files, folder).flatMap((one) => (one.kind === 'file' ? [one.path] : visit(one.path)))
        assert.deepEqual(visit('').sort(), files.map(({ path }) => path).sort())
      },
    ),
  )
})
