import { chanceOf, type Chance } from './chance.ts'
import type { Scenario } from './scenario.ts'

type Happening = { at: number; order: number; run: () => void }

/** Faults stop at this time: from then on the run must come to its end by itself. */
const calmAt = 240_000
/** Nothing may take longer than this. */
export const horizon = 3_600_000

/** Virtual time: what is to happen stands in a heap by time, ties in the order of asking. */
export type World = {
  chance: Chance
  scenario: Scenario
  now(): number
  after(delayMs: number, run: () => void): void
  /** Carries a message: perhaps never, twice or late, and so out of order. */
  send(deliver: () => void): void
  /** Runs until nothing is left, `done` says so, or the horizon. */
  advance(done: () => boolean): void
  stormy(): boolean
}

const before = (a: Happening, b: Happening) => a.at < b.at || (a.at === b.at && a.order < b.order)

const heap = () => {
  const items: Happening[] = []
  const at = (index: number) => items[index] as Happening
  const swap = (a: number, b: number) => {
    const kept = at(a)
    items[a] = at(b)
    items[b] = kept
  }
  const push = (item: Happening) => {
    items.push(item)
    for (let child = items.length - 1; child > 0;) {
      const parent = (child - 1) >> 1
      if (!before(at(child), at(parent))) return
      swap(child, parent)
      child = parent
    }
  }
  const pop = (): Happening | undefined => {
    const first = items[0]
    const last = items.pop()
    if (first === undefined || last === undefined || items.length === 0) return first
    items[0] = last
    for (let parent = 0; ;) {
      const [left, right] = [2 * parent + 1, 2 * parent + 2]
      let least = parent
      if (left < items.length && before(at(left), at(least))) least = left
      if (right < items.length && before(at(right), at(least))) least = right
      if (least === parent) return first
      swap(parent, least)
      parent = least
    }
  }
  return { push, pop }
}

export const worldOf = (scenario: Scenario): World => {
  const chance = chanceOf(scenario.seed + 0x5eed)
  const agenda = heap()
  let now = 0
  let order = 0
  const after = (delayMs: number, run: () => void) =>
    agenda.push({ at: now + delayMs, order: (order += 1), run })
  const stormy = () => now < calmAt
  const { messageLoss, messageRepeat, slowMessage } = scenario.faults
  return {
    chance,
    scenario,
    now: () => now,
    after,
    stormy,
    send(deliver) {
      if (stormy() && chance.happens(messageLoss)) return
      const delay = () =>
        stormy() && chance.happens(slowMessage) ? chance.between(0, 20_000) : chance.between(1, 40)
      after(delay(), deliver)
      if (stormy() && chance.happens(messageRepeat)) after(delay(), deliver)
    },
    advance(done) {
      while (!done()) {
        const next = agenda.pop()
        if (next === undefined || next.at > horizon) return
        now = next.at
        next.run()
      }
    },
  }
}
