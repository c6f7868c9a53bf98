import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Call } from '../src/kernel/client.ts'
import { monitoringRoutes } from '../src/monitoring/contract.ts'
import { pause } from './wait.ts'
import { project } from './world.ts'

/** One call that an airport makes: the departures of one hour. `at`: epoch ms of the hour. */
type Asked = { at: number; keys: string[]; records: Record<string, unknown>[] }
type Known = { keys: string[]; values: number[] }
type Reply = { predictions: { id: string; value: number | null }[] }

const lines = async function* <T>(path: string): AsyncGenerator<T> {
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity }))
    yield JSON.parse(line) as T
}

const inFlight = 3
/** Between the calls of one sender while a rollout is watched: about fifty calls a second in all, so that few pass while figures travel. */
const heldMs = 60
const labelsAtOnce = 10_000

export type Calls = AsyncGenerator<Asked>

export type Tally = {
  requests: number
  predictions: number
  failed: number
  firstFailure?: string
  tookMs: number
}

/** The world outside: asks the endpoint over HTTP as it happened, and later says what became of the flights. */
export const traffic = ({ call, endpoint, address }: { call: Call; endpoint: string; address: string }) => {
  const ids = new Map<string, string>()
  let last: string | undefined

  const ask = async (asked: Asked, tally: Tally) => {
    const reply = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ dataframe_records: asked.records }),
    })
    tally.requests += 1
    if (!reply.ok) {
      tally.failed += 1
      tally.firstFailure ??= `${reply.status} ${await reply.text()}`
      return
    }
    const { predictions } = (await reply.json()) as Reply
    tally.predictions += predictions.length
    for (const [index, { id }] of predictions.entries()) {
      ids.set(asked.keys[index] ?? '', id)
      last = id
    }
  }

  return {
    lastPrediction: () => last,

    /** The calls of a month, to be sent in one go or in parts. */
    open: (path: string): Calls => lines<Asked>(path),

    /** Sends calls, all that are left unless `most` says (and a held stretch always to its end). While `isHeld` says so it sends slowly: a rollout that needs time to judge gets it, and the rest of the month goes to what was decided. */
    send: async (
      calls: Calls,
      options: { most?: number; isHeld: () => boolean; tell: (tally: Tally) => void },
    ): Promise<Tally> => {
      const begun = performance.now()
      const tally: Tally = { requests: 0, predictions: 0, failed: 0, tookMs: 0 }
      const most = options.most ?? Number.POSITIVE_INFINITY
      let taken = 0
      const take = async () => {
        taken += 1
        return taken > most && !options.isHeld() ? undefined : await calls.next()
      }
      const sender = async () => {
        for (let next = await take(); next && !next.done; next = await take()) {
          await ask(next.value, tally)
          tally.tookMs = performance.now() - begun
          options.tell(tally)
          if (options.isHeld()) await pause(heldMs)
        }
      }
      await Promise.all(Array.from({ length: inFlight }, sender))
      return tally
    },

    /** Sends the outcomes of a month as feedback to the predictions that were made. */
    report: async (path: string): Promise<number> => {
      let waiting: { prediction: string; value: number }[] = []
      let sent = 0
      const flush = async () => {
        if (waiting.length === 0) return
        sent += (await call(monitoringRoutes.sendFeedback, { project, endpoint, labels: waiting })).accepted
        waiting = []
      }
      for await (const { keys, values } of lines<Known>(path))
        for (const [index, key] of keys.entries()) {
          const prediction = ids.get(key)
          const value = values[index]
          if (prediction === undefined || value === undefined) continue
          waiting.push({ prediction, value })
          if (waiting.length === labelsAtOnce) await flush()
        }
      await flush()
      ids.clear()
      return sent
    },
  }
}
export type Traffic = ReturnType<typeof traffic>
