import { accountCreated } from '../../governance/contract.ts'
import { definitionApplied, definitionRemoved } from '../../kernel/definitions/definitions.ts'
import type { LedgerEvent } from '../../kernel/ledger/ledger.ts'
import { modelTellers } from './models.ts'
import { productionTellers } from './production.ts'
import { emptyHistory, type History } from './records.ts'
import { markOf, teller } from './teller.ts'
import { trainingTellers } from './training.ts'

export * from './records.ts'

const tellers = new Map(
  [
    ...trainingTellers,
    ...modelTellers,
    ...productionTellers,
    teller(definitionApplied, (history, event) => {
      const { kind, name, version } = event.data
      history.applied.push({ ...markOf(event), kind, name, version })
      history.gone.delete(`${kind}/${name}`)
    }),
    teller(definitionRemoved, (history, { data }) => {
      history.gone.add(`${data.kind}/${data.name}`)
    }),
    teller(accountCreated, (history, { data }) => {
      history.roles.set(data.name, data.roles)
    }),
  ].map(({ type, tell }) => [type, tell] as const),
)

/** The types of events that a report looks at; all others are passed over unread. */
export const eventTypes: readonly string[] = [...tellers.keys()]

/** Adds one event, in place: a report of 10,000 events reads only what is new since the last one. */
export const tell = (history: History, event: LedgerEvent): void => {
  tellers.get(event.type)?.(history, event)
  history.typeOf.set(event.seq, event.type)
  if (event.project !== '') history.firstAt ??= event.at
  history.head = Math.max(history.head, event.seq)
}

export const historyOf = (events: readonly LedgerEvent[]): History => {
  const history = emptyHistory()
  for (const event of events) tell(history, event)
  return history
}
