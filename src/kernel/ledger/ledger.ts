import type { Static, TSchema } from '@sinclair/typebox'
import type { Principal } from '../auth/principal.ts'
import type { Clock } from '../clock.ts'
import type { Actor, EventDeclaration } from '../contract.ts'
import type { Write } from '../db/group-commit.ts'
import type { Db, Tx } from '../db/tables.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import { type EventRow, genesis, hashOf } from './chain.ts'

export type LedgerEvent<Data = unknown> = {
  seq: number
  at: number
  type: string
  project: string
  subject: string
  actor: Actor
  cause: number | null
  data: Data
  previousHash: string
  hash: string
}

export type NewEvent<S extends TSchema> = {
  event: EventDeclaration<S>
  project: string
  /** What it happened to: `model/late-arrival/3`, `repository/flights`. */
  subject: string
  data: Static<S>
  actor: Pick<Principal, 'kind' | 'id' | 'name'>
  /** Sequence of the event that this one follows from. */
  cause?: number | null | undefined
}

export type Reaction<S extends TSchema = TSchema> = {
  name: string
  on: readonly EventDeclaration<S>[]
  /** Runs in the transaction that moves the cursor: exactly once in effect. Only database calls; longer work belongs in a loop. */
  handle: (tx: Tx, event: LedgerEvent<Static<S>>) => Promise<void>
}

export type LedgerQuery = {
  after?: number | undefined
  before?: number | undefined
  limit?: number | undefined
  types?: readonly string[] | undefined
  project?: string | undefined
  subject?: string | undefined
  newestFirst?: boolean | undefined
}

export type Ledger = {
  append<S extends TSchema>(tx: Tx, event: NewEvent<S>): Promise<LedgerEvent<Static<S>>>
  react<S extends TSchema>(reaction: Reaction<S>): void
  read(query: LedgerQuery): Promise<LedgerEvent[]>
  /** Called with every committed event, in order, on this server. Returns how to stop. */
  subscribe(listener: (event: LedgerEvent) => void): () => void
}

const toEvent = (row: EventRow): LedgerEvent => ({
  seq: row.seq,
  at: row.at,
  type: row.type,
  project: row.project,
  subject: row.subject,
  actor: { kind: row.actorKind, id: row.actorId, name: row.actorName },
  cause: row.cause,
  data: JSON.parse(row.data),
  previousHash: row.previousHash,
  hash: row.hash,
})

const readEvents = async (db: Db, query: LedgerQuery): Promise<LedgerEvent[]> => {
  let select = db.selectFrom('ledgerEvent').selectAll()
  if (query.after !== undefined) select = select.where('seq', '>', query.after)
  if (query.before !== undefined) select = select.where('seq', '<', query.before)
  if (query.types) select = select.where('type', 'in', [...query.types])
  if (query.project !== undefined) select = select.where('project', '=', query.project)
  if (query.subject !== undefined) select = select.where('subject', '=', query.subject)
  const rows = await select
    .orderBy('seq', query.newestFirst ? 'desc' : 'asc')
    .limit(query.limit ?? 100)
    .execute()
  return rows.map(toEvent)
}

const appendEvent = async <S extends TSchema>(
  tx: Tx,
  now: number,
  input: NewEvent<S>,
): Promise<LedgerEvent<Static<S>>> => {
  const head = await tx
    .selectFrom('ledgerEvent')
    .select(['seq', 'hash', 'at'])
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  const unhashed = {
    seq: (head?.seq ?? 0) + 1,
    // A clock that jumps back must not make the record's times run backwards.
    at: Math.max(now, head?.at ?? 0),
    type: input.event.type,
    project: input.project,
    subject: input.subject,
    actorKind: input.actor.kind,
    actorId: input.actor.id,
    actorName: input.actor.name,
    cause: input.cause ?? null,
    data: JSON.stringify(input.data),
    previousHash: head?.hash ?? genesis,
  }
  const row: EventRow = { ...unhashed, hash: hashOf(unhashed) }
  await tx.insertInto('ledgerEvent').values(row).execute()
  return toEvent(row) as LedgerEvent<Static<S>>
}

type Deps = { db: Db; write: Write; clock: Clock; log: Logger }

const batch = 200
const retryDelaysMs = [50, 200, 1000, 5000, 30_000]

/** Drives one reaction from its durable cursor: one pass at a time, again after a failure, later and later. */
const reactor = (deps: Deps, reaction: Reaction) => {
  const types = new Set(reaction.on.map((declared) => declared.type))
  let running = false
  let again = false
  let failures = 0
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  let current: Promise<void> = Promise.resolve()

  const cursor = async () =>
    (
      await deps.db
        .selectFrom('ledgerCursor')
        .select('seq')
        .where('name', '=', reaction.name)
        .executeTakeFirst()
    )?.seq ?? 0

  const moveTo = (tx: Tx, seq: number) =>
    tx
      .insertInto('ledgerCursor')
      .values({ name: reaction.name, seq })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ seq }))
      .execute()

  const handleOne = (event: LedgerEvent) =>
    deps.write(async (tx) => {
      const stored = await tx
        .selectFrom('ledgerCursor')
        .select('seq')
        .where('name', '=', reaction.name)
        .executeTakeFirst()
      if (stored && stored.seq >= event.seq) return
      await reaction.handle(tx, event)
      await moveTo(tx, event.seq)
    })

  const pass = async () => {
    for (let from = await cursor(); !stopped;) {
      const events = await readEvents(deps.db, { after: from, limit: batch })
      const last = events.at(-1)
      if (!last) return
      const wanted = events.filter((event) => types.has(event.type))
      for (const event of wanted) await handleOne(event)
      // The events that nobody here waits for are skipped once, in one write, when the batch was full of them.
      if (wanted.length === 0 && events.length === batch) await deps.write((tx) => moveTo(tx, last.seq))
      from = last.seq
    }
  }

  const run = async () => {
    running = true
    do {
      again = false
      try {
        await pass()
        failures = 0
      } catch (error) {
        const delay = retryDelaysMs[Math.min(failures, retryDelaysMs.length - 1)] ?? 30_000
        failures += 1
        if (!stopped) {
          deps.log.error(
            { reaction: reaction.name, error: messageOf(error), retryInMs: delay },
            'a reaction failed',
          )
          timer = setTimeout(wake, delay)
        }
      }
    } while (again && !stopped)
    running = false
  }

  const wake = () => {
    again = true
    if (!running && !stopped) current = run()
  }
  return {
    wake,
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      await current
    },
  }
}

export type RunningLedger = Ledger & {
  committed: () => void
  start: () => Promise<void>
  stop: () => Promise<void>
}

/** The ledger: appended in the transaction of the change it tells of, chained by hash, read by cursors, told live. */
export const createLedger = (deps: Deps): RunningLedger => {
  const listeners = new Set<(event: LedgerEvent) => void>()
  const reactors: ReturnType<typeof reactor>[] = []
  let dirty = false
  let told = 0
  let started = false
  let telling: Promise<void> | undefined

  const tell = async () => {
    while (dirty) {
      dirty = false
      for (;;) {
        const events = await readEvents(deps.db, { after: told, limit: batch })
        for (const event of events) for (const listener of listeners) listener(event)
        told = events.at(-1)?.seq ?? told
        if (events.length < batch) break
      }
      for (const one of reactors) one.wake()
    }
    telling = undefined
  }

  return {
    async append(tx, input) {
      dirty = true
      return appendEvent(tx, deps.clock.now(), input)
    },
    react(reaction) {
      const made = reactor(deps, reaction as unknown as Reaction)
      reactors.push(made)
      if (started) made.wake()
    },
    read: (query) => readEvents(deps.db, query),
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    committed() {
      if (dirty && started) telling ??= tell()
    },
    async start() {
      told = (await readEvents(deps.db, { limit: 1, newestFirst: true }))[0]?.seq ?? 0
      started = true
      for (const one of reactors) one.wake()
    },
    async stop() {
      started = false
      for (const one of reactors) await one.stop()
      await telling
    },
  }
}
