import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Call, client } from './kernel/client.ts'
import type { Clock } from './kernel/clock.ts'
import { createLog } from './kernel/log.ts'
import { type Server, startServer, type Wiring } from './server.ts'

const cleanups = new WeakMap<TestContext, (() => Promise<unknown>)[]>()

/** Runs when the test ends, last registered first: a server stops before its folder goes. */
export const cleanup = (t: TestContext, action: () => Promise<unknown>): void => {
  const known = cleanups.get(t)
  if (known) return void known.push(action)
  const actions = [action]
  cleanups.set(t, actions)
  t.after(async () => {
    for (const one of actions.toReversed()) await one()
  })
}

/** A folder of the test's own, gone when it ends. */
export const scratchFolder = async (t: TestContext): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'esteira-test-'))
  cleanup(t, () => rm(folder, { recursive: true, force: true }))
  return folder
}

export type TestServer = Server & {
  /** Calls contract routes as this machine's owner. */
  call: Call
  /** The same, as the holder of a token. */
  as: (token: string) => Call
  home: string
}

export type TestOptions = Wiring & { home?: string; clock?: Clock; port?: number }

/** A real server in this process, on a scratch home and a free port, with the rooms that the test names. */
export const testServer = async (t: TestContext, options: TestOptions): Promise<TestServer> => {
  const home = options.home ?? (await scratchFolder(t))
  const server = await startServer({
    config: { home, port: options.port ?? 0 },
    wiring: options,
    log: createLog(process.env['ESTEIRA_LOG'] ?? 'silent'),
    ...(options.clock ? { clock: options.clock } : {}),
  })
  let isStopped = false
  const stop = async () => {
    if (isStopped) return
    isStopped = true
    await server.stop()
  }
  cleanup(t, stop)
  return {
    ...server,
    stop,
    home,
    call: client({ url: server.url }),
    as: (token) => client({ url: server.url, token }),
  }
}

/** Waits until `check` gives a value; fails with what it was waiting for. For things that happen by themselves, soon. */
export const eventually = async <T>(
  what: string,
  check: () => Promise<T | undefined | false> | T | undefined | false,
  withinMs = 10_000,
): Promise<T> => {
  const deadline = Date.now() + withinMs
  for (;;) {
    const value = await check()
    if (value !== undefined && value !== false) return value
    if (Date.now() > deadline) throw new Error(`waited ${withinMs} ms in vain for: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
