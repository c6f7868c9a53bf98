import { createHash, createPublicKey, sign, verify, type KeyObject } from 'node:crypto'
import type { KernelTables } from '../db/tables.ts'

export type EventRow = KernelTables['ledgerEvent']
export type Checkpoint = KernelTables['ledgerCheckpoint']

/** What the first event's `previousHash` is. */
export const genesis = '0'.repeat(64)

/**
 * The hash of an event over everything it says and the hash before it: SHA-256 of a JSON array in fixed order.
 * `data` goes in as the stored text, so no second program has to agree on a canonical form of JSON.
 */
export const hashOf = (event: Omit<EventRow, 'hash'>): string =>
  createHash('sha256')
    .update(
      JSON.stringify([
        event.seq,
        event.at,
        event.type,
        event.project,
        event.subject,
        event.actorKind,
        event.actorId,
        event.actorName,
        event.cause,
        event.data,
        event.previousHash,
      ]),
    )
    .digest('hex')

const statement = (checkpoint: Pick<Checkpoint, 'seq' | 'at' | 'hash'>) =>
  Buffer.from(`esteira ledger checkpoint\n${checkpoint.seq}\n${checkpoint.at}\n${checkpoint.hash}\n`)

const keyIdOf = (key: KeyObject): string =>
  createHash('sha256')
    .update((key.type === 'public' ? key : createPublicKey(key)).export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 16)

/** Signs «up to here the chain was this» with the home's Ed25519 key. */
export const signCheckpoint = (
  head: { seq: number; at: number; hash: string },
  key: KeyObject,
): Checkpoint => ({
  ...head,
  keyId: keyIdOf(key),
  signature: sign(null, statement(head), key).toString('base64'),
})

export const isSignatureGood = (checkpoint: Checkpoint, key: KeyObject): boolean =>
  checkpoint.keyId === keyIdOf(key) &&
  verify(null, statement(checkpoint), key, Buffer.from(checkpoint.signature, 'base64'))

export type ChainFault = { seq: number; message: string }

/** Walks a chain event by event; keeps the first fault. Pure but for what it remembers. */
export const chainWalker = () => {
  let expected = { seq: 1, hash: genesis }
  let fault: ChainFault | undefined
  const hashes = new Map<number, string>()
  return {
    step: (event: EventRow, remember: boolean) => {
      if (fault) return
      if (event.seq !== expected.seq)
        fault = { seq: expected.seq, message: `event ${expected.seq} is missing` }
      else if (event.previousHash !== expected.hash)
        fault = { seq: event.seq, message: `event ${event.seq} does not follow the one before it` }
      else if (hashOf(event) !== event.hash)
        fault = { seq: event.seq, message: `event ${event.seq} was altered` }
      if (remember) hashes.set(event.seq, event.hash)
      expected = { seq: event.seq + 1, hash: event.hash }
    },
    fault: () => fault,
    hashAt: (seq: number) => hashes.get(seq),
    length: () => expected.seq - 1,
    head: () => expected.hash,
  }
}
