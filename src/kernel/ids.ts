import { randomBytes } from 'node:crypto'
import type { Clock } from './clock.ts'

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

const encode = (value: bigint, length: number): string => {
  let rest = value
  let text = ''
  for (let place = 0; place < length; place += 1) {
    text = alphabet.charAt(Number(rest & 31n)) + text
    rest >>= 5n
  }
  return text
}

export type Ids = (prefix: string) => string

/** Makes ULIDs in lower case (https://github.com/ulid/spec): 48 bits of time, 80 of chance; growing within one process. */
export const ulids = (clock: Clock): Ids => {
  let lastTime = -1
  let lastChance = 0n
  return (prefix) => {
    const now = Math.max(clock.now(), lastTime)
    lastChance = now === lastTime ? lastChance + 1n : BigInt(`0x${randomBytes(10).toString('hex')}`) >> 1n
    lastTime = now
    return `${prefix}_${encode(BigInt(now), 10)}${encode(lastChance, 16)}`
  }
}
