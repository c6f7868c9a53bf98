import { useSyncExternalStore } from 'react'
import { kernelRoutes } from '../../src/kernel/routes.contract.ts'
import { call, queries } from './api.ts'
import { currentSession, onSession } from './session.ts'
import { isStale, type LedgerEvent } from './stale.ts'

export type Link = 'connecting' | 'live' | 'lost'

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
