import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../clock.ts'
import type { Write } from '../db/group-commit.ts'
import type { Db } from '../db/tables.ts'
import { type Checkpoint, signCheckpoint } from './chain.ts'
import type { SigningKeys } from './keys.ts'

/** Checkpoints are kept a second time outside the database: a tail cut off there shows here. */
const anchorFile = (home: string) => join(home, 'checkpoints.ndjson')

export const readAnchors = async (home: string): Promise<Checkpoint[]> => {
  const text = await readFile(anchorFile(home), 'utf8').catch(() => '')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Checkpoint)
}

type Deps = { db: Db; write: Write; clock: Clock; keys: SigningKeys; home: string }

/** Signs the head of the chain when it has moved since the last checkpoint. */
export const checkpoint = async ({ db, write, clock, keys, home }: Deps): Promise<Checkpoint | undefined> => {
  const head = await db
    .selectFrom('ledgerEvent')
    .select(['seq', 'hash'])
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  const last = await db
    .selectFrom('ledgerCheckpoint')
    .select('seq')
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (!head || head.seq === last?.seq) return undefined
  const signed = signCheckpoint({ seq: head.seq, at: clock.now(), hash: head.hash }, keys.privateKey)
  await write((tx) => tx.insertInto('ledgerCheckpoint').values(signed).execute())
  await appendFile(anchorFile(home), `${JSON.stringify(signed)}\n`)
  return signed
}
