import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Ledger, LedgerEvent } from '../ledger/ledger.ts'

export type EventFilter = {
  project?: string | undefined
  type?: string[] | undefined
  subject?: string | undefined
}

/** Does the event pass? `model.*` takes every type that starts with `model.`. */
export const passes = (filter: EventFilter, event: LedgerEvent): boolean =>
  (filter.project === undefined || event.project === filter.project) &&
  (filter.subject === undefined || event.subject === filter.subject) &&
  (filter.type === undefined ||
    filter.type.some((type) =>
      type.endsWith('*') ? event.type.startsWith(type.slice(0, -1)) : event.type === type,
    ))

const heartbeatMs = 15_000
/** A reader that doesn't read is cut off rather than kept in memory. */
const bufferLimitBytes = 4 * 1024 * 1024

const line = (event: LedgerEvent) => `id: ${event.seq}\nevent: ledger\ndata: ${JSON.stringify(event)}\n\n`

/** Writes events as server-sent events from `after` on, first those stored, then live, without a gap or a repeat. */
export const streamEvents = async (
  ledger: Ledger,
  { filter, after }: { filter: EventFilter; after: number | undefined },
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
): Promise<void> => {
  reply.hijack()
  const raw = reply.raw
  raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
  let last = after ?? (await ledger.read({ limit: 1, newestFirst: true }))[0]?.seq ?? 0
  const early: LedgerEvent[] = []
  let isCaughtUp = false
  const send = (event: LedgerEvent) => {
    if (event.seq <= last) return
    last = event.seq
    if (passes(filter, event)) raw.write(line(event))
    if (raw.writableLength > bufferLimitBytes) raw.destroy()
  }
  const unsubscribe = ledger.subscribe((event) => (isCaughtUp ? send(event) : early.push(event)))
  const heartbeat = setInterval(() => raw.write(': here\n\n'), heartbeatMs)
  request.raw.once('close', () => {
    clearInterval(heartbeat)
    unsubscribe()
  })
  raw.write(`retry: 1000\n: from ${last}\n\n`)
  for (;;) {
    const events = await ledger.read({ after: last, limit: 500 })
    for (const event of events) send(event)
    if (events.length < 500) break
  }
  for (const event of early) send(event)
  isCaughtUp = true
}
