import type { AddressInfo } from 'node:net'
import { configOf, type Config } from './kernel/config.ts'
import type { Clock } from './kernel/clock.ts'
import type { Migration } from './kernel/db/migrate.ts'
import { AppError } from './kernel/errors.ts'
import { mountKernel } from './kernel/http/kernel-routes.ts'
import { createHttp, type Http } from './kernel/http/server.ts'
import { type Kernel, openKernel } from './kernel/kernel.ts'
import type { Logger } from './kernel/log.ts'
import { type Governance, governanceRoom } from './governance/index.ts'
import { governanceMigrations } from './governance/migrations.ts'
import type { Room } from './room.ts'

const version = '0.1.0'

export type Wiring = {
  migrations: readonly Migration[]
  /** Builds the rooms on an open kernel; what it returns is mounted, started and stopped in this order. */
  rooms: (kernel: Kernel, governance: Governance, address: () => string) => Promise<Room[]> | Room[]
  /** Mounted after the rooms: what answers for the rest (the page). */
  last?: (http: Http) => Promise<void>
}

export type ServerOptions = { config: Partial<Config>; wiring: Wiring; clock?: Clock; log?: Logger }

export type Server = {
  url: string
  kernel: Kernel
  governance: Governance
  http: Http
  stop: () => Promise<void>
}

const listen = async (http: Http, config: Config): Promise<string> => {
  try {
    await http.app.listen({ host: config.host, port: config.port })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    throw new AppError('conflict', `Port ${config.port} is taken.`, {
      hint: 'Start with --port 0 for any free one, or name another.',
      cause: error,
    })
  }
  const { port } = http.app.server.address() as AddressInfo
  return `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`
}

/** Opens a home, wires rooms into it and listens. Everything started here is stopped by `stop`, in reverse order. */
export const startServer = async ({ config: given, wiring, clock, log }: ServerOptions): Promise<Server> => {
  const config = configOf(given)
  const migrations = [...governanceMigrations, ...wiring.migrations]
  const kernel = await openKernel({
    config,
    migrations,
    ...(clock ? { clock } : {}),
    ...(log ? { log } : {}),
  })
  const started: Room[] = []
  let url = ''
  try {
    const governance = await governanceRoom(kernel)
    const http = createHttp({
      identify: governance.identify,
      host: config.host,
      bodyLimit: config.bodyLimit,
      log: kernel.log,
    })
    mountKernel(http, kernel, version)
    governance.mount(http)
    const rooms = await wiring.rooms(kernel, governance, () => url)
    for (const room of rooms) room.mount(http)
    await wiring.last?.(http)
    url = await listen(http, config)
    for (const room of rooms) {
      started.push(room)
      await room.start?.()
    }
    await kernel.start()
    return {
      url,
      kernel,
      governance,
      http,
      stop: async () => {
        await http.app.close()
        for (const room of started.toReversed()) await room.stop?.()
        await kernel.stop()
      },
    }
  } catch (error) {
    for (const room of started.toReversed()) await room.stop?.()
    await kernel.stop()
    throw error
  }
}
