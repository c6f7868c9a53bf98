import type { Blobs } from '../../kernel/blobs/blobs.ts'

export type Sample = {
  sizeBytes: number
  head: Buffer
  /** The last bytes; empty when `head` is the whole file. */
  tail: Buffer
}

const collect = async (
  blobs: Blobs,
  digest: string,
  range: { start: number; end: number },
): Promise<Buffer> => {
  const parts: Buffer[] = []
  for await (const part of await blobs.get(digest, range)) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

/** The first and last bytes of a blob: what a check may look at, so that its cost does not grow with the file. */
export const sampleOf = async (
  blobs: Blobs,
  file: { digest: string; sizeBytes: number },
  bytes: { head: number; tail: number },
): Promise<Sample> => {
  const { digest, sizeBytes } = file
  if (sizeBytes === 0) return { sizeBytes, head: Buffer.alloc(0), tail: Buffer.alloc(0) }
  const isWhole = sizeBytes <= bytes.head + bytes.tail
  const head = await collect(blobs, digest, {
    start: 0,
    end: Math.min(sizeBytes, isWhole ? sizeBytes : bytes.head) - 1,
  })
  const tail =
    isWhole || bytes.tail === 0
      ? Buffer.alloc(0)
      : await collect(blobs, digest, { start: sizeBytes - bytes.tail, end: sizeBytes - 1 })
  return { sizeBytes, head, tail }
}

/** Text of bytes that may be cut inside a character at either end, without a byte order mark; undefined when they are not UTF-8. */
export const utf8 = (content: Uint8Array, cut: { start: boolean; end: boolean }): string | undefined => {
  let start = 0
  // A character has at most three bytes after its first: skip what belongs to one that began before the cut.
  while (cut.start && start < 3 && ((content[start] ?? 0) & 0xc0) === 0x80) start += 1
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content.subarray(start), { stream: cut.end })
  } catch {
    return undefined
  }
}

const magics: [number[], string][] = [
  [[0x50, 0x41, 0x52, 0x31], 'a Parquet file'],
  [[0x1f, 0x8b], 'gzip'],
  [[0x50, 0x4b, 0x03, 0x04], 'a zip archive (or a spreadsheet)'],
  [[0x89, 0x50, 0x4e, 0x47], 'a PNG picture'],
  [[0xff, 0xd8, 0xff], 'a JPEG picture'],
  [[0x25, 0x50, 0x44, 0x46], 'a PDF document'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'Zstandard'],
  [[0x42, 0x5a, 0x68], 'bzip2'],
  [[0xff, 0xfe], 'UTF-16 text'],
  [[0xfe, 0xff], 'UTF-16 text'],
]
const texts: [RegExp, string][] = [
  [/^\s*<(!doctype|html|\?xml)/i, 'HTML or XML'],
  [/^version https:\/\/git-lfs/, 'a Git LFS pointer, not the file itself'],
]

export const startsWith = (content: Uint8Array, magic: readonly number[]): boolean =>
  magic.every((byte, at) => content[at] === byte)

/** Text that passes for a table of one column but is known to be something else. */
export const otherText = (text: string): string | undefined =>
  texts.find(([pattern]) => pattern.test(text))?.[1]

/** What bytes look like, for the message that says what was found instead. */
export const describe = (head: Uint8Array): string => {
  if (head.length === 0) return 'an empty file'
  const known = magics.find(([magic]) => startsWith(head, magic))
  if (known) return known[1]
  const text = utf8(head.subarray(0, 40), { start: false, end: true })
  if (text === undefined || /\p{Cc}/u.test(text.replaceAll(/[\r\n\t]/g, '')))
    return `bytes that start with ${Buffer.from(head.subarray(0, 8)).toString('hex')}`
  return otherText(text) ?? `text that starts with ${JSON.stringify(text)}`
}
