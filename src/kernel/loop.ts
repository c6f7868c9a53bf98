import { messageOf } from './errors.ts'
import type { Ledger } from './ledger/ledger.ts'
import type { Logger } from './log.ts'

export type LoopOptions = {
  name: string
  everyMs: number
  /** Types of ledger events that wake it before its time. */
  on?: readonly string[]
  run: () => Promise<void>
}
export type Loop = { wake: () => void; stop: () => Promise<void> }

/** Repeats `run`, never twice at once; woken by time, by events, by hand. An error is logged and the next round comes as usual. */
export const startLoop = (options: LoopOptions, { ledger, log }: { ledger: Ledger; log: Logger }): Loop => {
  const types = new Set(options.on)
  let stopped = false
  let again = false
  let running: Promise<void> | undefined

  const round = async () => {
    do {
      again = false
      try {
        await options.run()
      } catch (error) {
        if (!stopped) log.error({ loop: options.name, error: messageOf(error) }, 'a round failed')
      }
    } while (again && !stopped)
    running = undefined
  }
  const wake = () => {
    again = true
    if (!stopped) running ??= round()
  }
  const timer = setInterval(wake, options.everyMs)
  const unsubscribe = ledger.subscribe((event) => {
    if (types.has(event.type)) wake()
  })
  wake()
  return {
    wake,
    stop: async () => {
      stopped = true
      clearInterval(timer)
      unsubscribe()
      await running
    },
  }
}
