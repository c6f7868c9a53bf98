import { useSyncExternalStore } from 'react'
import { kernelRoutes } from '../../src/kernel/routes.contract.ts'
import type { Static } from '../../src/kernel/contract.ts'
import type { LedgerEventView } from '../../src/kernel/routes.contract.ts'
import { call, queries } from './api.ts'
import { currentSession, onSession } from './session.ts'

export type LedgerEvent = Static<typeof LedgerEventView>
export type Link = 'connecting' | 'live' | 'lost'

/** Which addresses an event makes stale, by the first word of its type. Everything else on screen stays as it is. */
const staleBy: Record<string, readonly string[]> = {
  account: ['/accounts', '/tokens'],
  alert: ['/alerts', '/monitors'],
  data: ['/repositories'],
  definition: ['/projects'],
  endpoint: ['/endpoints', '/agents'],
  features: ['/features'],
  maturity: ['/maturity'],
  model: ['/models', '/endpoints'],
  monitor: ['/monitors', '/alerts'],
  pipeline: ['/pipeline-runs', '/pipelines'],
  project: ['/projects'],
  release: ['/endpoints', '/agents'],
  rollout: ['/endpoints', '/agents'],
  run: ['/runs', '/experiments'],
  token: ['/tokens'],
  trigger: ['/triggers'],
}
const identities = [
  'project',
  'run',
  'model',
  'endpoint',
  'monitor',
  'trigger',
  'repository',
  'view',
] as const

/** A question about one run is not stale because another run moved. */
const isOfAnother = (event: LedgerEvent, input: Record<string, unknown>): boolean => {
  const data = { ...(event.data as Record<string, unknown> | null), project: event.project }
  return identities.some((name) => {
    const told: unknown = (data as Record<string, unknown>)[name]
    const asked = input[name]
    return typeof told === 'string' && typeof asked === 'string' && told !== asked
  })
}

export const isStale = (event: LedgerEvent, path: string, input: Record<string, unknown>): boolean => {
  if (path.includes('/ledger/')) return path.endsWith('/events')
  const roots = staleBy[event.type.split('.')[0] ?? ''] ?? []
  return roots.some((root) => path.includes(root)) && !isOfAnother(event, input)
}

let link: Link = 'connecting'
const watchers = new Set<() => void>()
const say = (next: Link): void => {
  link = next
  for (const watcher of watchers) watcher()
}
export const useLink = (): Link =>
  useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
    () => link,
  )

/** A training run writes a dozen events in a second; one refetch afterwards is enough. */
const settleMs = 250
let waiting: LedgerEvent[] = []
const settle = (): void => {
  const events = waiting
  waiting = []
  void queries.invalidateQueries({
    predicate: ({ queryKey: [path, input] }) =>
      events.some((event) => isStale(event, String(path), (input ?? {}) as Record<string, unknown>)),
  })
}
const take = (event: LedgerEvent): void => {
  if (waiting.length === 0) setTimeout(settle, settleMs)
  waiting.push(event)
}

/** Reads server-sent events through the typed client: EventSource could not send the token. */
const read = async (after: number | undefined, signal: AbortSignal): Promise<number | undefined> => {
  const response = await call(kernelRoutes.followEvents, after === undefined ? {} : { after }, signal)
  if (!response.body) return after
  say('live')
  let last = after
  let rest = ''
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const messages = (rest + chunk).split('\n\n')
    rest = messages.pop() ?? ''
    for (const message of messages) {
      const data = message.split('\n').find((line) => line.startsWith('data: '))
      if (data === undefined) continue
      const event = JSON.parse(data.slice(6)) as LedgerEvent
      last = event.seq
      take(event)
    }
  }
  return last
}

const pause = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })

const follow = async (signal: AbortSignal): Promise<void> => {
  let after: number | undefined
  let failures = 0
  while (!signal.aborted) {
    try {
      after = await read(after, signal)
      failures = 0
    } catch {
      failures += 1
    }
    if (signal.aborted) return
    if (failures > 0) say('lost')
    await pause(Math.min(1000 * 2 ** failures, 15_000), signal)
    // What was missed between two streams without a number to resume from may be anything.
    if (after === undefined) void queries.invalidateQueries()
  }
}

/** Follows the ledger while the page is in sight: a hidden tab must not hold one of the browser's six connections. */
export const goLive = (): void => {
  let running: AbortController | undefined
  const restart = () => {
    running?.abort()
    running = undefined
    if (document.visibilityState === 'hidden') return
    running = new AbortController()
    say('connecting')
    void follow(running.signal)
  }
  document.addEventListener('visibilitychange', () => {
    restart()
    if (document.visibilityState === 'visible') void queries.invalidateQueries()
  })
  let { token } = currentSession()
  onSession(() => {
    if (currentSession().token === token) return
    token = currentSession().token
    void queries.resetQueries()
    restart()
  })
  restart()
}
