import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { isAppError } from '../../kernel/errors.ts'
import { type Comparison, type Filter, parseFilter, printFilter } from './filter.ts'
import { parseOrder, splitOrder } from './order.ts'
import { runVocabulary } from './vocabulary.ts'

const parse = (text: string) => parseFilter(text, runVocabulary)

const comparison = (
  field: Comparison['field'],
  operator: Comparison['operator'],
  value: Comparison['value'],
): Filter => ({
  is: 'comparison',
  field,
  operator,
  value,
})

const metric = fc.constantFrom('>', '>=', '<', '<=', '=', '!=' as const)
const text = fc.constantFrom('=', '!=', 'like', 'ilike' as const)
const key = fc.stringMatching(/^[a-zA-Z0-9_][\w .\-/]{0,20}$/)

const anyComparison: fc.Arbitrary<Filter> = fc.oneof(
  fc
    .tuple(key, metric, fc.double({ noNaN: true, noDefaultInfinity: true }))
    .map(([name, operator, value]) =>
      comparison({ kind: 'metric', key: name }, operator, value === 0 ? 0 : value),
    ),
  fc
    .tuple(fc.constantFrom('param', 'tag' as const), key, text, fc.string())
    .map(([kind, name, operator, value]) => comparison({ kind, key: name }, operator, value)),
  fc
    .tuple(fc.constantFrom('param', 'tag' as const), key, fc.constantFrom('is null', 'is not null' as const))
    .map(([kind, name, operator]) => comparison({ kind, key: name }, operator, null)),
  fc
    .tuple(fc.constantFrom('in', 'not in' as const), fc.array(fc.string(), { minLength: 1, maxLength: 3 }))
    .map(([operator, values]) => comparison({ kind: 'attribute', key: 'run_id' }, operator, values)),
)

const anyFilter: fc.Arbitrary<Filter> = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { depthSize: 'small' },
    anyComparison,
    fc.record(
      {
        is: fc.constantFrom('and', 'or' as const),
        terms: fc.array(tie('filter'), { minLength: 2, maxLength: 3 }),
      },
      { noNullPrototype: true },
    ),
  ),
})).filter

test('a filter that is printed reads back as itself', () => {
  fc.assert(
    fc.property(anyFilter, (filter) => {
      assert.deepEqual(parse(printFilter(filter)), filter)
    }),
  )
})

test('whatever is typed, the answer is a filter or a fault that names a place inside the text', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...`metrics.a>1 'or()"\`,in`.split('')) })),
      (typed) => {
        try {
          parse(typed)
        } catch (error) {
          assert.ok(isAppError(error) && error.code === 'invalid')
          const column = error.problems?.[0]?.column ?? 0
          assert.ok(column >= 1 && column <= typed.length + 1, `column ${column} of ${typed.length}`)
        }
      },
    ),
    { numRuns: 500 },
  )
})

test('`and` binds more tightly than `or`, and parentheses change that', () => {
  const a = comparison({ kind: 'metric', key: 'a' }, '>', 1)
  const b = comparison({ kind: 'metric', key: 'b' }, '>', 1)
  const c = comparison({ kind: 'metric', key: 'c' }, '>', 1)
  assert.deepEqual(parse('metrics.a > 1 or metrics.b > 1 AND metrics.c > 1'), {
    is: 'or',
    terms: [a, { is: 'and', terms: [b, c] }],
  })
  assert.deepEqual(parse('(metrics.a > 1 OR metrics.b > 1) and metrics.c > 1'), {
    is: 'and',
    terms: [{ is: 'or', terms: [a, b] }, c],
  })
})

test('the spellings of MLflow mean the same field', () => {
  for (const spelled of ['metric.m', 'metrics.m', 'metrics.`m`', 'metrics."m"', '`metrics`.`m`'])
    assert.deepEqual(parse(`${spelled} = 1`), comparison({ kind: 'metric', key: 'm' }, '=', 1))
  for (const spelled of ['created', 'attribute.start_time', 'attr.created', 'run.start_time'])
    assert.deepEqual(parse(`${spelled} > 5`), comparison({ kind: 'attribute', key: 'start_time' }, '>', 5))
})

test('what the grammar does not allow is refused with its reason', () => {
  const refused: [string, RegExp][] = [
    ["metrics.a = '1'", /numeric value/],
    ['params.a = 1', /quoted string value/],
    ['params.a > "1"', /Invalid comparator/],
    ['model.a = 1', /Invalid entity type 'model'/],
    ['attribute.colour = "red"', /Invalid attribute key 'colour'/],
    ['metrics.a > 1 metrics.b > 2', /Invalid clause/],
    ["attribute.run_name in ('a')", /list of quoted string values/],
    ["params.a = 'x", /has no end/],
    ['metrics.a is null', /only supported for tags and params/],
    [`${'('.repeat(100)}metrics.a > 1${')'.repeat(100)}`, /parentheses inside/],
    [Array.from({ length: 300 }, () => 'metrics.a > 1').join(' and '), /more than 200 comparisons/],
  ]
  for (const [filter, why] of refused) assert.throws(() => parse(filter), why, filter)
})

test('an order is split at commas outside quotes, and names each field once', () => {
  assert.deepEqual(splitOrder('metrics.`a,b` desc, start_time'), ['metrics.`a,b` desc', 'start_time'])
  assert.deepEqual(parseOrder(['metrics.`a,b` DESC', 'created'], runVocabulary), [
    { field: { kind: 'metric', key: 'a,b' }, direction: 'desc' },
    { field: { kind: 'attribute', key: 'start_time' }, direction: 'asc' },
  ])
  assert.throws(() => parseOrder(['metrics.a', 'metric.a desc'], runVocabulary), /duplicate fields/)
  assert.throws(() => parseOrder(['metrics.a sideways'], runVocabulary), /Invalid ordering key/)
})
