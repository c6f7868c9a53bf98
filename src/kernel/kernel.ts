import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Blobs } from './blobs/blobs.ts'
import { folderBlobs } from './blobs/folder.ts'
import { type Clock, systemClock } from './clock.ts'
import type { Config } from './config.ts'
import type { Write } from './db/group-commit.ts'
import type { Migration } from './db/migrate.ts'
import { kernelMigrations } from './db/migrations.ts'
import { lockHome, openSqlite } from './db/open.ts'
import type { Db } from './db/tables.ts'
import { createDefinitions, type Definitions } from './definitions/definitions.ts'
import { type Ids, ulids } from './ids.ts'
import { checkpoint } from './ledger/checkpoint.ts'
import { signingKeys, type SigningKeys } from './ledger/keys.ts'
import { createLedger, type Ledger } from './ledger/ledger.ts'
import { createLeases, type Leases } from './leases/leases.ts'
import { createLog, type Logger } from './log.ts'
import { type Loop, type LoopOptions, startLoop } from './loop.ts'

export type Kernel = {
  config: Config
  clock: Clock
  ids: Ids
  log: Logger
  db: Db
  write: Write
  blobs: Blobs
  ledger: Ledger
  definitions: Definitions
  leases: Leases
  keys: SigningKeys
  loop: (options: LoopOptions) => Loop
}

export type RunningKernel = Kernel & {
  /** Rooms have registered their reactions and loops: from here they run. */
  start: () => Promise<void>
  stop: () => Promise<void>
}

export type KernelOptions = { config: Config; migrations: readonly Migration[]; clock?: Clock; log?: Logger }

const checkpointEveryMs = 5000

/** Opens a home folder: lock, database, blobs, keys, ledger. One process holds a home at a time. */
export const openKernel = async ({
  config,
  migrations,
  clock = systemClock,
  log = createLog(),
}: KernelOptions): Promise<RunningKernel> => {
  await mkdir(config.home, { recursive: true, mode: 0o700 })
  const unlock = lockHome(config.home)
  try {
    const database = await openSqlite({
      file: join(config.home, 'esteira.db'),
      migrations: [...kernelMigrations, ...migrations],
      now: clock.now(),
    })
    const keys = await signingKeys(config.home)
    const blobs = await folderBlobs(join(config.home, 'blobs'))
    const committed = { tell: () => {} }
    const write: Write = async (job) => {
      const value = await database.write(job)
      committed.tell()
      return value
    }
    const ledger = createLedger({ db: database.db, write, clock, log })
    committed.tell = ledger.committed
    const waiting: LoopOptions[] = []
    const loops: Loop[] = []
    let started = false
    const shared = { db: database.db, write, clock, keys, home: config.home }

    return {
      config,
      clock,
      log,
      keys,
      blobs,
      ledger,
      write,
      db: database.db,
      ids: ulids(clock),
      definitions: createDefinitions({ db: database.db, ledger, clock }),
      leases: createLeases(clock),
      loop: (options) => {
        if (started) {
          const loop = startLoop(options, { ledger, log })
          loops.push(loop)
          return loop
        }
        waiting.push(options)
        const find = () => loops[waiting.indexOf(options)]
        return { wake: () => find()?.wake(), stop: async () => find()?.stop() }
      },
      start: async () => {
        await ledger.start()
        started = true
        for (const options of waiting) loops.push(startLoop(options, { ledger, log }))
        loops.push(
          startLoop(
            {
              name: 'ledger.checkpoint',
              everyMs: checkpointEveryMs,
              run: async () => void (await checkpoint(shared)),
            },
            { ledger, log },
          ),
        )
      },
      stop: async () => {
        for (const loop of loops) await loop.stop()
        await ledger.stop()
        await checkpoint(shared)
        await database.close()
        unlock()
      },
    }
  } catch (error) {
    unlock()
    throw error
  }
}
