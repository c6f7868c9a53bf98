import { createPublicKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { CamelCasePlugin, Kysely, SqliteDialect } from 'kysely'
import type { Db, KernelTables } from '../db/tables.ts'
import { AppError } from '../errors.ts'
import { type Checkpoint, chainWalker, isSignatureGood } from './chain.ts'
import { readAnchors } from './checkpoint.ts'

export type AuditReport = {
  isWhole: boolean
  events: number
  checkpoints: number
  head: string
  /** Events after the last checkpoint: chained, not yet signed. */
  unsigned: number
  faults: { seq: number; message: string }[]
}

const page = 5000

/** Checks every hash, every link and every signed checkpoint, those in the database and those anchored outside it. */
export const verifyLedger = async (options: {
  db: Db
  anchors: Checkpoint[]
  publicKey: string
}): Promise<AuditReport> => {
  const key = createPublicKey(options.publicKey)
  const stored = await options.db.selectFrom('ledgerCheckpoint').selectAll().orderBy('seq').execute()
  const checkpoints = new Map(
    [...stored, ...options.anchors].map((one) => [`${one.seq} ${one.hash} ${one.signature}`, one]),
  )
  const wanted = new Set([...checkpoints.values()].map((one) => one.seq))
  const walker = chainWalker()
  for (let after = 0; ;) {
    const rows = await options.db
      .selectFrom('ledgerEvent')
      .selectAll()
      .where('seq', '>', after)
      .orderBy('seq')
      .limit(page)
      .execute()
    for (const row of rows) walker.step(row, wanted.has(row.seq))
    if (rows.length < page) break
    after = rows.at(-1)?.seq ?? after
  }
  const faults = walker.fault() ? [walker.fault()] : []
  for (const one of checkpoints.values()) {
    const hash = walker.hashAt(one.seq)
    if (!isSignatureGood(one, key))
      faults.push({ seq: one.seq, message: `the checkpoint at ${one.seq} is not signed by this home's key` })
    else if (hash === undefined)
      faults.push({
        seq: one.seq,
        message: `the chain was ${one.seq} events long when it was signed; now it ends at ${walker.length()}`,
      })
    else if (hash !== one.hash)
      faults.push({ seq: one.seq, message: `event ${one.seq} is not the one that was signed` })
  }
  const found = faults.filter((fault) => fault !== undefined)
  return {
    isWhole: found.length === 0,
    events: walker.length(),
    checkpoints: checkpoints.size,
    head: walker.head(),
    unsigned: walker.length() - Math.max(0, ...wanted),
    faults: found.sort((a, b) => a.seq - b.seq),
  }
}

/** Verifies a home folder without its server, whether that runs or not. */
export const verifyHome = async (home: string): Promise<AuditReport> => {
  let sqlite: Sqlite.Database
  try {
    sqlite = new Sqlite(join(home, 'esteira.db'), { readonly: true, fileMustExist: true, timeout: 5000 })
  } catch (error) {
    throw new AppError('not_found', `There is no Esteira home at ${home}.`, {
      hint: 'Name it with --home DIR.',
      cause: error,
    })
  }
  const db = new Kysely<KernelTables>({
    dialect: new SqliteDialect({ database: sqlite }),
    plugins: [new CamelCasePlugin()],
  })
  try {
    const publicKey = await readFile(join(home, 'keys', 'signing.pub.pem'), 'utf8')
    return await verifyLedger({ db, anchors: await readAnchors(home), publicKey })
  } finally {
    await db.destroy()
  }
}
