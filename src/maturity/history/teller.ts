import type { EventDeclaration, Static, TSchema } from '../../kernel/contract.ts'
import type { LedgerEvent } from '../../kernel/ledger/ledger.ts'
import type { History, Mark } from './records.ts'

export type Teller = { type: string; tell: (history: History, event: LedgerEvent) => void }

/** What one type of event adds to a history. */
export const teller = <S extends TSchema>(
  declared: EventDeclaration<S>,
  tell: (history: History, event: LedgerEvent<Static<S>>) => void,
): Teller => ({ type: declared.type, tell: tell as Teller['tell'] })

export const markOf = ({ seq, at, actor, subject }: LedgerEvent): Mark => ({ seq, at, by: actor, subject })
