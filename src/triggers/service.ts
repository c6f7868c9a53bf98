import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { Principal } from '../kernel/auth/principal.ts'
import { AppError } from '../kernel/errors.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { nextSlot } from './calendar.ts'
import { type FiringView, trigger as declared, triggerPaused, type TriggerView } from './contract.ts'
import { type Cause, type FiringService, keyOf, type Target } from './firing.ts'
import { actorOf } from './jobs.ts'
import { sourceOf } from './matching.ts'
import { isSigned, newSecret } from './signature.ts'
import type { Starter } from './starting.ts'
import { type OfTrigger, toFiring, type TriggerStore } from './store.ts'

type Deps = { kernel: Kernel; store: TriggerStore; firings: FiringService; starting: Starter }
type Fire = { parameters?: Record<string, unknown>; reason?: string; key?: string }
export type SignedCall = { id: string; timestamp: string; signature: string; body: Readable }

const parametersIn = (body: Buffer): Record<string, unknown> => {
  if (body.length === 0) return {}
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'))
    const parameters = (parsed as { parameters?: unknown } | null)?.parameters
    return typeof parameters === 'object' && parameters !== null ? { ...parameters } : {}
  } catch {
    // Senders have bodies of their own; only `parameters` of a JSON body means something here.
    return {}
  }
}

/** What people, applications and pages ask of triggers. */
export const triggersService = ({ kernel, store, firings, starting }: Deps) => {
  const targetOf = async ({ project, trigger }: OfTrigger): Promise<Target> => {
    const found = await kernel.definitions.get(project, declared, trigger)
    if (found) return { project, trigger: found }
    throw new AppError('not_found', `Project ${project} has no trigger ${trigger}.`, {
      hint: 'Triggers are declared under `triggers` in esteira.yaml; `esteira apply` makes them.',
    })
  }

  const nextOf = ({ trigger }: Target): number | null => {
    const { calendar } = trigger.body.on
    return (calendar && nextSlot(calendar, kernel.clock.now())) ?? null
  }

  const describe = async (target: Target): Promise<TriggerView> => {
    const of = keyOf(target)
    const state = await store.state(of)
    const [last] = await store.list(of, { limit: 1 })
    return {
      name: target.trigger.name,
      version: target.trigger.version,
      description: target.trigger.body.description ?? null,
      source: sourceOf(target.trigger.body),
      definition: target.trigger.body,
      paused: state?.isPaused === 1,
      nextAt: nextOf(target),
      ...(await store.counts(of)),
      lastFiring: last ? toFiring(last) : null,
      hasSecret: typeof state?.secret === 'string',
    }
  }

  const fireAt = async (target: Target, cause: Cause): Promise<FiringView> => {
    const recorded = await kernel.write((tx) => firings.record(tx, target, cause))
    return toFiring(await starting.start(recorded))
  }

  return {
    list: async (project: string): Promise<TriggerView[]> => {
      const found = await kernel.definitions.list(project, declared)
      return Promise.all(found.map((trigger) => describe({ project, trigger })))
    },
    get: async (of: OfTrigger): Promise<TriggerView> => describe(await targetOf(of)),

    history: async (of: OfTrigger, page: { limit: number; after?: string | undefined }) => {
      await targetOf(of)
      const rows = await store.list(of, { ...page, limit: page.limit + 1 })
      const shown = rows.slice(0, page.limit)
      const last = shown.at(-1)
      return { firings: shown.map(toFiring), ...(rows.length > page.limit && last ? { next: last.id } : {}) }
    },

    fire: async (
      of: OfTrigger,
      { parameters = {}, reason, key }: Fire,
      actor: Principal,
    ): Promise<FiringView> => {
      const target = await targetOf(of)
      const said = reason === undefined ? '' : `: ${reason}`
      return fireAt(target, {
        key: `call:${key ?? kernel.ids('call')}`,
        what: `${actor.name} fired it${said}`,
        source: sourceOf(target.trigger.body) === 'webhook' ? 'webhook' : 'manual',
        at: kernel.clock.now(),
        actor: { kind: actor.kind, id: actor.id, name: actor.name },
        parameters,
      })
    },

    deliver: async (of: OfTrigger, call: SignedCall): Promise<FiringView> => {
      const body = await buffer(call.body)
      const secret = (await store.state(of))?.secret
      // The same answer for no trigger, no secret and a wrong signature: nobody outside learns which triggers there are.
      if (typeof secret !== 'string' || !isSigned(secret, { ...call, body }, kernel.clock.now()))
        throw new AppError('unauthenticated', 'The delivery is not signed with the secret of this trigger.', {
          hint: 'Sign as Standard Webhooks says: webhook-id, webhook-timestamp (seconds, within five minutes), webhook-signature.',
        })
      const target = await targetOf(of)
      return fireAt(target, {
        key: `delivery:${call.id}`,
        what: `Delivery ${call.id} came`,
        source: 'webhook',
        at: kernel.clock.now(),
        actor: actorOf(of.trigger),
        parameters: parametersIn(body),
      })
    },

    renewSecret: async (of: OfTrigger): Promise<{ secret: string }> => {
      const { trigger } = await targetOf(of)
      if (!trigger.body.on.webhook)
        throw new AppError('conflict', `Trigger ${of.trigger} takes no deliveries.`, {
          hint: 'Declare it with `on: { webhook: {} }`.',
        })
      const secret = newSecret()
      await kernel.write((tx) => store.setState(tx, of, { secret }))
      return { secret }
    },

    pause: async (of: OfTrigger, isPaused: boolean, actor: Principal): Promise<TriggerView> => {
      const target = await targetOf(of)
      await kernel.write(async (tx) => {
        if (((await store.state(of, tx))?.isPaused === 1) === isPaused) return
        await store.setState(tx, of, { isPaused: isPaused ? 1 : 0 })
        await kernel.ledger.append(tx, {
          event: triggerPaused,
          project: of.project,
          subject: `trigger/${of.trigger}`,
          data: { trigger: of.trigger, paused: isPaused },
          actor,
        })
      })
      return describe(target)
    },
  }
}
export type TriggersService = ReturnType<typeof triggersService>
