import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { findLine } from './lookup.ts'

const compare = (a: string, b: string) => Buffer.from(a).compare(Buffer.from(b))

test('every key of a snapshot is found, and no other', () => {
  const keys = fc.uniqueArray(fc.string({ unit: 'binary', maxLength: 6 }), { maxLength: 40 })
  fc.assert(
    fc.property(keys, fc.string({ maxLength: 3 }), (keys, other) => {
      const lines = keys
        .toSorted(compare)
        .map((key) => `${JSON.stringify({ key, at: null, values: { key } })}\n`)
      const snapshot = Buffer.from(lines.join(''))
      for (const key of keys) assert.equal(findLine(snapshot, key)?.values['key'], key)
      assert.equal(findLine(snapshot, other)?.key, keys.includes(other) ? other : undefined)
    }),
  )
})
