import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { csvProblem } from './csv.ts'

const sample = (text: string, cut?: { head: number; tail: number }) => {
  const content = Buffer.from(text)
  const isWhole = !cut || content.length <= cut.head + cut.tail
  return {
    sizeBytes: content.length,
    head: isWhole ? content : content.subarray(0, cut.head),
    tail: isWhole ? Buffer.alloc(0) : content.subarray(content.length - cut.tail),
  }
}

const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`
const value = fc.string({
  unit: fc.constantFrom('a', 'é', '漢', '🛫', '"', ',', '\n', ' ', '7'),
  maxLength: 12,
})
const records = (width: number) =>
  fc.array(fc.array(value, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 30 })
const table = fc
  .integer({ min: 1, max: 4 })
  .chain((width) =>
    fc.tuple(fc.constant(width), records(width), fc.constantFrom('\n', '\r\n'), fc.constantFrom(',', ';')),
  )

const written = ([width, rows, end, delimiter]: [number, string[][], string, string]) =>
  [Array.from({ length: width }, (_, i) => `column_${i}`), ...rows]
    .map((row) => row.map(quoted).join(delimiter) + end)
    .join('')

test('every table that is written by the rules passes, wherever the sample cuts it', () => {
  fc.assert(
    fc.property(
      table,
      fc.integer({ min: 60, max: 120 }),
      fc.integer({ min: 1, max: 90 }),
      (table, head, tail) => {
        assert.equal(csvProblem(sample(written(table), { head, tail })), undefined)
      },
    ),
    { numRuns: 500 },
  )
})

test('a record with a field too many is found in a file that is read whole', () => {
  fc.assert(
    fc.property(table, fc.nat(), (table, place) => {
      const [width, rows, end, delimiter] = table
      // One column tells nothing of the delimiter, so it is taken for a comma.
      fc.pre(width > 1)
      const spoilt = rows.map((row, i) => (i === place % rows.length ? [...row, 'extra'] : row))
      assert.match(csvProblem(sample(written([width, spoilt, end, delimiter]))) ?? '', /fields in record/)
    }),
  )
})

test('a record that was torn off at the end is found behind a large middle', () => {
  const rows = Array.from({ length: 1000 }, (_, i) => `${i},${i * 2},x\n`).join('')
  assert.equal(csvProblem(sample(`a,b,c\n${rows}`, { head: 500, tail: 200 })), undefined)
  assert.match(
    csvProblem(sample(`a,b,c\n${rows}1000,20`, { head: 500, tail: 200 })) ?? '',
    /near the end with 2 fields where the header has 3/,
  )
})

test('what is no table is described', () => {
  const cases: [string | Buffer, RegExp][] = [
    ['', /an empty file/],
    ['\n\n', /no header/],
    ['1,2,3\n4,5,6\n', /no header: the first line has numbers only/],
    ['a,b\n"open,1\n', /a quote that is never closed/],
    [Buffer.from('a,b\n1,2\n', 'utf16le'), /bytes that start with/],
    [Buffer.from([0x61, 0x2c, 0x62, 0x0a, 0xff, 0x2c, 0x31]), /bytes that start with/],
    ['<!doctype html><html>', /HTML/],
    ['version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n', /Git LFS pointer/],
  ]
  for (const [content, message] of cases) {
    const head = Buffer.from(content as string)
    const problem = csvProblem({ head, tail: Buffer.alloc(0), sizeBytes: head.length })
    assert.match(problem ?? '', message)
  }
})
