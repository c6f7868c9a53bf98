import type { Tx } from '../kernel/db/tables.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { LedgerEvent } from '../kernel/ledger/ledger.ts'
import type { EventDeclaration } from '../kernel/contract.ts'
import { commitCreated } from '../data/contract.ts'
import { alertRaised, alertRepeated } from '../monitoring/contract.ts'
import { runFinished, runRetried } from '../pipelines/contract.ts'
import { slotsBetween } from './calendar.ts'
import { trigger as declared, type Trigger } from './contract.ts'
import { type Actor, type Cause, type FiringService, keyOf, type Target } from './firing.ts'
import { matchAlert, matchCommit, sourceOf } from './matching.ts'
import type { TriggerStore } from './store.ts'

type Deps = { kernel: Kernel; store: TriggerStore; firings: FiringService }

/** In whose name a run starts that no person asked for. */
export const actorOf = (trigger: string): Actor => ({
  kind: 'system',
  id: `trigger/${trigger}`,
  name: `trigger ${trigger}`,
})

const whatOf = (body: Trigger, event: LedgerEvent): string | undefined => {
  if (event.type === commitCreated.type) return matchCommit(body, event.data as never)
  return matchAlert(body, event.data as never, event.type === alertRepeated.type)
}

/** Reacts to commits, alerts and the ends of runs, in the order of the ledger, each exactly once. */
export const reactToEvents = ({ kernel, store, firings }: Deps): void => {
  const consider = async (tx: Tx, event: LedgerEvent): Promise<void> => {
    for (const trigger of await kernel.definitions.list(event.project, declared)) {
      const what = whatOf(trigger.body, event)
      if (what === undefined) continue
      await firings.record(
        tx,
        { project: event.project, trigger },
        {
          key: `event:${event.seq}`,
          what,
          source: sourceOf(trigger.body),
          at: event.at,
          seq: event.seq,
          by: event.actor,
          actor: actorOf(trigger.name),
        },
      )
    }
  }
  const events: EventDeclaration[] = [commitCreated, alertRaised, alertRepeated, runFinished, runRetried]
  kernel.ledger.react({
    name: 'triggers',
    on: events,
    handle: async (tx, event) => {
      if (event.type === runFinished.type || event.type === runRetried.type)
        await store.setActive(tx, (event.data as { run: string }).run, event.type === runRetried.type)
      else await consider(tx, event)
    },
  })
}

/** Deals with the slots of calendars that have come since the last round, each once, also over restarts. */
export const calendarJob = ({ kernel, store, firings }: Deps) => {
  const causeOf = (target: Target, slot: number): Cause => ({
    key: `slot:${slot}`,
    what: `The slot of ${new Date(slot).toISOString()} came`,
    source: 'calendar',
    at: slot,
    slot,
    actor: actorOf(target.trigger.name),
  })

  const miss = (target: Target, slot: number): Cause => ({
    ...causeOf(target, slot),
    what: `The slot of ${new Date(slot).toISOString()} was missed`,
  })

  const roundOf = async (target: Target): Promise<void> => {
    const { calendar } = target.trigger.body.on
    if (!calendar) return
    const now = kernel.clock.now()
    const of = keyOf(target)
    const since = (await store.state(of))?.calendarAt
    // The first time it is seen: slots before that are none of its business.
    if (since === null || since === undefined)
      return kernel.write(async (tx) => void (await store.setState(tx, of, { calendarAt: now })))
    const slots = slotsBetween(calendar, since, now)
    const newest = slots.at(-1)
    if (newest === undefined) return
    await kernel.write(async (tx) => {
      // Another round may have been quicker.
      if ((await store.state(of, tx))?.calendarAt !== since) return
      const isLate = now - newest > lateMs
      for (const slot of slots.slice(0, -1)) await firings.skip(tx, target, miss(target, slot))
      if (isLate && calendar.catchUp === false) await firings.skip(tx, target, miss(target, newest))
      else await firings.record(tx, target, causeOf(target, newest))
      await store.setState(tx, of, { calendarAt: newest })
    })
  }

  return {
    round: async (): Promise<void> => {
      for (const project of await kernel.definitions.projects())
        for (const trigger of await kernel.definitions.list(project, declared))
          await roundOf({ project, trigger })
    },
  }
}

/** A slot this much behind the clock was missed, not merely handled a little late. */
const lateMs = 60_000
