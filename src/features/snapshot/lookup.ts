import type { SnapshotLine } from '../contract.ts'

const newline = 0x0a

/** Finds the line of a key in a snapshot by halving: the lines are sorted by the bytes of their keys, so no index is needed. */
export const findLine = (snapshot: Buffer, key: string): SnapshotLine | undefined => {
  const wanted = Buffer.from(key)
  let from = 0
  let to = snapshot.length
  while (from < to) {
    const middle = Math.floor((from + to) / 2)
    const start = middle === 0 ? 0 : snapshot.lastIndexOf(newline, middle - 1) + 1
    const next = snapshot.indexOf(newline, start)
    const end = next === -1 ? snapshot.length : next
    const line = JSON.parse(snapshot.toString('utf8', start, end)) as SnapshotLine
    const order = wanted.compare(Buffer.from(line.key))
    if (order === 0) return line
    if (order < 0) to = start
    else from = end + 1
  }
  return undefined
}
