import type { Actor, EventDeclaration, Static, TSchema } from '../../kernel/contract.ts'
import type { NewEvent } from '../../kernel/ledger/ledger.ts'

export const project = 'flights'
export const system: Actor = { kind: 'system', id: 'system', name: 'Esteira' }
export const feed: Actor = { kind: 'service', id: 'svc-feed', name: 'feed' }
export const ana: Actor = { kind: 'person', id: 'ana', name: 'ana' }
export const bruno: Actor = { kind: 'person', id: 'bruno', name: 'bruno' }
export const carla: Actor = { kind: 'person', id: 'carla', name: 'carla' }

export const digest = (n: number, kind = 'a'): string => `sha256:${`${kind}${n}`.padEnd(64, '0')}`
export const commitId = (n: number): string => `c${n}`.padEnd(64, '0')

const minuteMs = 60_000
export const dayMs = 86_400_000

type Told = NewEvent<TSchema> & { at: number }

/** Tells events one minute apart; the first has the sequence `firstSeq`. */
export const teller = (start: number, firstSeq: number) => {
  const told: Told[] = []
  let now = start
  let number = 0
  return {
    told,
    /** A number that nothing else in this story has. */
    next: () => (number += 1),
    now: () => now,
    wait: (ms: number) => void (now += ms),
    tell: <S extends TSchema>(
      event: EventDeclaration<S>,
      given: { subject: string; data: Static<S>; actor: Actor; cause?: number | undefined },
    ): number => {
      told.push({ event, project, ...given, at: now } as Told)
      now += minuteMs
      return firstSeq + told.length - 1
    },
  }
}
export type Telling = ReturnType<typeof teller>
