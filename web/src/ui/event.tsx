import { Link } from '@tanstack/react-router'
import type { LedgerEvent } from '../stale.ts'
import { placeOf, places } from '../places.ts'
import { useTexts } from '../text/text.tsx'
import { useFormat } from './format.ts'
import type { Tone } from './status.tsx'

type Judged = { gate?: { results?: readonly { outcome: string; why: string }[] } }

/** Why a gate refused: what each rule that failed says. */
const reasonOf = (data: unknown): string =>
  ((data as Judged | null)?.gate?.results ?? [])
    .filter(({ outcome }) => outcome === 'failed')
    .map(({ why }) => why)
    .join(' ')

/** Values of an event's data that can stand in a sentence; a window is told by its id. */
const useValues = () => {
  const { figure } = useFormat()
  const { say, has } = useTexts()
  return (data: unknown): Record<string, string | number> => {
    const values: Record<string, string | number> = {}
    for (const [name, value] of Object.entries((data ?? {}) as Record<string, unknown>)) {
      if (typeof value === 'number') values[name] = Number.isInteger(value) ? value : figure(value)
      else if (typeof value === 'string') values[name] = value
      else if (value === null) values[name] = '–'
      else if (typeof value === 'object' && 'id' in value) values[name] = String(value.id)
    }
    if (values['why'] === undefined) values['why'] = reasonOf(data)
    const status = `status.${String(values['status'])}`
    if (has(status)) values['status'] = say(status)
    return values
  }
}

/** An event in a sentence of the reader's language; one that is not known here is named by its type. */
export const useSentence = (): ((event: LedgerEvent) => string) => {
  const { say, has } = useTexts()
  const valuesOf = useValues()
  return (event) => {
    const key = `event.${event.type}`
    return has(key) ? say(key, valuesOf(event.data)) : `${event.type} · ${event.subject}`
  }
}

export const EventLine = ({ event }: { event: LedgerEvent }) => {
  const sentence = useSentence()(event)
  const href = placeOf(event.project, event.subject)
  return href === undefined ? <span>{sentence}</span> : <Link to={href}>{sentence}</Link>
}

/** One event of the ledger by its number. */
export const EventLink = ({ project, seq }: { project: string; seq: number }) => (
  <Link to={places.ledger(project)} search={{ seq: String(seq) } as never}>
    {seq}
  </Link>
)

const bad = /refused|failed|rolled_back|rejected|degraded|alert\.raised|alert\.repeated|retried|deactivated/
const good = /approved|completed|registered|resolved|recovered/
const busy = /started|requested|reached|fired/

export const toneOfEvent = (event: LedgerEvent): Tone => {
  const status = (event.data as { status?: unknown } | null)?.status
  if (bad.test(event.type) || status === 'failed' || status === 'broken') return 'bad'
  if (good.test(event.type) || status === 'succeeded' || status === 'fine' || status === 'finished')
    return 'good'
  return busy.test(event.type) ? 'busy' : 'idle'
}
