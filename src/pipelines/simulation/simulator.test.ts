import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plantedBugs } from './planted-bugs.ts'
import { simulate } from './simulator.ts'

const only = process.env['SEED']
const seeds = only === undefined ? Array.from({ length: 3_000 }, (_, seed) => seed) : [Number(only)]
const replay = (seed: number) => `replay: SEED=${seed} node --test src/pipelines/simulation/simulator.test.ts`

test('a run keeps its promises through crashes, lost messages, dead workers, zombies and clock jumps', () => {
  let attempts = 0
  for (const seed of seeds) {
    const history = simulate(seed)
    attempts += history.attempts
    assert.equal(history.violation, undefined, replay(seed))
  }
  assert.ok(attempts >= seeds.length)
})

test('the history of a seed is the same each time', () => {
  for (const seed of seeds.slice(0, 20)) assert.deepEqual(simulate(seed), simulate(seed))
})

for (const [name, parts] of Object.entries(plantedBugs))
  test(`an orchestrator that ${name} is found out`, { skip: only !== undefined }, () => {
    const found = seeds.find((seed) => simulate(seed, parts).violation !== undefined)
    assert.notEqual(found, undefined, 'no seed found the planted bug')
  })
