import { AppError } from '../../kernel/errors.ts'
import { nearest } from '../../kernel/nearest.ts'
import { countPair } from '../figures.ts'
import { answerWith, attempt, isCallersFault, run, sumOf, type Answered, type Ask } from './attempt.ts'
import { captureLine, type Captured } from './capture/line.ts'
import type { Spool, Ticket } from './capture/spool.ts'
import type { Fleet } from './fleet.ts'
import { fillIn } from './lookups.ts'
import type { Columns } from './model/tensors.ts'
import { positionOf, type LoadedVariant, type Route } from './route.ts'

export type Answer = Answered & {
  id: (row: number) => string
  rows: number
  /** False when the disk or the spool was full: the prediction is right, but nobody will find its capture. */
  isCaptured: boolean
}
export type Predictor = {
  routeOf: (name: string) => Route
  predict: (route: Route, ask: Ask) => Promise<Answer>
}
type Options = { fleet: Fleet; spool: Spool; now: () => number; tell: (message: string) => void }

type Unseen = { columns: Columns; answered: Answered }

const mostShadowRows = 20_000

const unknownEndpoint = (name: string, known: string[]): AppError => {
  const meant = nearest(name, known)
  return new AppError('not_found', `There is no endpoint "${name}" on this agent.`, {
    hint: meant === undefined ? `Known here: ${known.join(', ') || 'none yet'}.` : `Did you mean "${meant}"?`,
  })
}

const notReady = (name: string): AppError =>
  new AppError('unavailable', `Endpoint "${name}" has no model loaded yet.`, {
    hint: 'Try again in a moment.',
  })

const findRoute = (fleet: Fleet, name: string): Route => {
  const { route, found } = fleet.find(name)
  if (found.length === 0) throw unknownEndpoint(name, fleet.names)
  if (found.length > 1)
    throw new AppError('conflict', `Several projects have an endpoint "${name}".`, {
      hint: `Call one of ${found.join(', ')}.`,
    })
  if (route === undefined) throw notReady(name)
  return route
}

const choose = (route: Route, ticket: Ticket, key: string | undefined): LoadedVariant => {
  const chosen = route.pick(positionOf(key === undefined ? ticket.id(0) : `${route.endpoint.name}/${key}`))
  if (chosen === undefined) throw notReady(route.endpoint.name)
  return chosen
}

/**
 * Asks the champion too what a canary was asked, unseen. Compared on the same rows, the difference of two releases shows with a tenth of the
 * requests that two separate samples need.
 */
const runPair = async (route: Route, columns: Columns, { by, answer, fallback }: Answered): Promise<void> => {
  const champion = by.variant.name === 'canary' ? route.fallbackFor(by) : undefined
  if (champion === undefined || fallback || champion.slot.model.queuedRows > mostShadowRows) return
  try {
    const theirs = await run(route, champion, { columns, key: undefined, wantsOutputs: false })
    countPair(by.figures, columns.rows, sumOf(answer.values) - sumOf(theirs.values))
  } catch {
    // The champion's own calls tell of its failures; here there is only nothing to compare.
  }
}

export const predictor = ({ fleet, spool, now, tell }: Options): Predictor => {
  const capture = async (
    route: Route,
    ticket: Ticket,
    what: Omit<Captured, 'id' | 'row' | 'at' | 'eventTime'>,
  ): Promise<boolean> => {
    const { eventTime } = route.endpoint
    const at = now()
    const lines = Array.from({ length: what.columns.rows }, (_, row) =>
      captureLine({ ...what, at, row, eventTime, id: ticket.id(row) }),
    )
    try {
      await ticket.write(lines)
      return true
    } catch (error) {
      if (spool.lost === 0) tell(`predictions are answered but not captured: ${(error as Error).message}`)
      spool.lost += 1
      return false
    }
  }

  const runShadow = async (
    route: Route,
    ticket: Ticket,
    { loaded, columns }: { loaded: LoadedVariant; columns: Columns },
  ): Promise<void> => {
    // A shadow that cannot keep up must not fill the memory.
    if (loaded.slot.model.queuedRows > mostShadowRows) return
    try {
      const { answer, latencyMs } = await attempt(route, loaded, {
        columns,
        key: undefined,
        wantsOutputs: false,
      })
      await capture(route, ticket, { by: loaded, columns, values: answer.values, latencyMs })
    } catch (error) {
      await capture(route, ticket, { by: loaded, columns, error: (error as Error).message, latencyMs: 0 })
    }
  }

  const finish = (route: Route, ticket: Ticket): void => {
    ticket.letGo()
    route.end()
  }

  /** Lets the reply go out first. */
  const runUnseen = (route: Route, ticket: Ticket, { columns, answered }: Unseen): void => {
    const all = async (): Promise<void> => {
      await runPair(route, columns, answered)
      for (const loaded of route.shadows) await runShadow(route, ticket, { loaded, columns })
    }
    setImmediate(() => void all().finally(() => finish(route, ticket)))
  }

  const predict = async (route: Route, asked: Ask): Promise<Answer> => {
    const { columns } = asked
    route.begin()
    const ticket = spool.reserve(route.endpoint.project, route.endpoint.name, columns.rows)
    try {
      for (const lookup of route.lookups) fillIn(columns, lookup, now())
      const chosen = choose(route, ticket, asked.key)
      const answered = await answerWith(route, chosen, asked).catch(async (error: Error) => {
        if (!isCallersFault(error))
          await capture(route, ticket, { by: chosen, columns, error: error.message, latencyMs: 0 })
        throw error
      })
      const { by, answer, latencyMs, fallback } = answered
      const isCaptured = await capture(route, ticket, {
        by,
        columns,
        values: answer.values,
        latencyMs,
        fallback,
      })
      runUnseen(route, ticket, { columns, answered })
      return { ...answered, id: ticket.id, rows: columns.rows, isCaptured }
    } catch (error) {
      finish(route, ticket)
      throw error
    }
  }

  return { routeOf: (name) => findRoute(fleet, name), predict }
}
