import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ana, bruno, eventsOf, factsOf, feed, goodTurn, story, type Story } from '../example/story.ts'
import { historyOf } from '../history/history.ts'
import { deliveryFigures } from './delivery.ts'

const minuteMs = 60_000
const start = Date.UTC(2026, 0, 5)

const figuresOf = (told: Story) => {
  const events = eventsOf(told)
  const figures = deliveryFigures({ history: historyOf(events), facts: factsOf(events), now: told.now() })
  return Object.fromEntries(figures.map((figure) => [figure.id, figure]))
}

test('with no records every figure is empty and says so', () => {
  for (const { value, n, sentence } of Object.values(figuresOf(story(start)))) {
    assert.equal(value, null)
    assert.equal(n, 0)
    assert.match(sentence, /^No /)
  }
})

test('lead time runs from the commit of the newest training data to all traffic', () => {
  const told = story(start)
  const before = told.now()
  const { id } = told.commit(feed)
  const run = told.train(id, { by: ana })
  told.wait(30 * minuteMs)
  const version = told.register(id, run)
  told.release(version, { cause: told.approve(version, bruno) })
  const figure = figuresOf(told)['lead_time']
  assert.equal(figure?.value, told.now() - minuteMs - before)
  assert.equal(figure?.n, 1)
})

test('time from alert to promoted model follows trigger, run and version, and leaves out alerts without one', () => {
  const told = story(start)
  goodTurn(told)
  told.alert()
  const figure = figuresOf(told)['alert_to_model']
  assert.equal(figure?.n, 1)
  const events = eventsOf(told)
  const at = (type: string) => events.find((event) => event.type === type)?.at ?? 0
  assert.equal(figure?.value, at('rollout.completed') - at('alert.raised'))
})

test('a rollout that goes back in canary is a failed change, a candidate refused by the gate is not', () => {
  const told = story(start)
  for (let turn = 0; turn < 3; turn += 1) goodTurn(told)
  const { id } = told.commit()
  told.release(told.register(id, told.train(id)), { fails: true })
  const figure = figuresOf(told)['change_failure_rate']
  assert.deepEqual([figure?.value, figure?.n], [0.25, 4])
  assert.match(
    figure?.sentence ?? '',
    /^1 of 4 rollouts went back after they had traffic; the gate refused 3 candidates/,
  )
  assert.ok(figure?.interval && figure.interval.low < 0.25 && figure.interval.high > 0.6)
})

test('a day of releases is not blown up to a week of them', () => {
  const told = story(start)
  for (let turn = 0; turn < 3; turn += 1) goodTurn(told)
  const figures = figuresOf(told)
  assert.equal(figures['deployment_frequency']?.value, 3)
  assert.equal(figures['retrain_frequency']?.value, 6)
})

test('an incident ends with the first thing that healed it, and one that goes on is said to be open', () => {
  const told = story(start)
  const alert = told.alert()
  const { id } = told.commit()
  const version = told.register(id, told.train(id, { source: 'alert', cause: alert }))
  told.release(version)
  told.alert()
  const figure = figuresOf(told)['time_to_restore']
  assert.equal(figure?.n, 1)
  assert.match(figure?.sentence ?? '', /1 still open\.$/)
})
