import type { Blobs } from '../../kernel/blobs/blobs.ts'
import type { Problem } from '../../kernel/errors.ts'
import { describe, sampleOf, type Sample, startsWith, utf8 } from './bytes.ts'
import { csvProblem } from './csv.ts'

const mebibyte = 1024 * 1024

type Claim = {
  expected: string
  bytes: { head: number; tail: number }
  /** What was found instead, or undefined. */
  found: (sample: Sample) => string | undefined
}

const parquetProblem = ({ head, tail, sizeBytes }: Sample): string | undefined => {
  if (head.subarray(0, 4).toString('latin1') !== 'PAR1') return describe(head)
  const end = tail.length > 0 ? tail : head
  if (sizeBytes < 12 || end.subarray(-4).toString('latin1') !== 'PAR1')
    return 'a Parquet file that is cut off: no PAR1 at its end'
  const footerBytes = end.readUInt32LE(end.length - 8)
  return footerBytes > 0 && footerBytes <= sizeBytes - 12
    ? undefined
    : `a Parquet file whose footer would have ${footerBytes} of ${sizeBytes} bytes`
}

const parseProblem = (text: string): string | undefined => {
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

const wholeJsonBytes = 8 * mebibyte

/** Small documents are parsed; of a large one the ends are looked at, so that the server's memory does not follow the file. */
const jsonProblem = ({ head, tail, sizeBytes }: Sample): string | undefined => {
  const isCut = tail.length > 0
  const text = utf8(head, { start: false, end: isCut })
  const end = utf8(tail, { start: true, end: false })
  if (sizeBytes === 0 || text === undefined || end === undefined) return describe(head)
  if (!isCut) {
    const problem = parseProblem(text)
    return problem === undefined ? undefined : `${describe(head)}, which does not parse: ${problem}`
  }
  const [open, close] = [/^\s*([[{"])/.exec(text)?.[1], /([\]}"])\s*$/.exec(end)?.[1]]
  const pairs: Record<string, string> = { '[': ']', '{': '}', '"': '"' }
  if (open === undefined) return describe(head)
  return close === pairs[open]
    ? undefined
    : `a document that starts with ${open} and does not end with ${pairs[open]}`
}

const linesProblem = ({ head, tail, sizeBytes }: Sample): string | undefined => {
  const isCut = tail.length > 0
  const text = utf8(head, { start: false, end: isCut })
  const end = utf8(tail, { start: true, end: false })
  if (sizeBytes === 0 || text === undefined || end === undefined) return describe(head)
  const first = text.split('\n')
  // Line ends never stand inside JSON strings, so the cuts can only spoil the last line here and the first one there.
  const lines = isCut ? [...first.slice(0, -1), ...end.split('\n').slice(1)] : first
  for (const [place, line] of lines.entries()) {
    const problem = line.trim() === '' ? undefined : parseProblem(line)
    if (problem !== undefined)
      return `${place < first.length - 1 || !isCut ? `line ${place + 1}` : 'a line near the end'} that does not parse: ${problem}`
  }
  return undefined
}

const magic = (expected: string, starts: number[][]): Claim => ({
  expected,
  bytes: { head: 64, tail: 0 },
  found: ({ head }) => (starts.some((start) => startsWith(head, start)) ? undefined : describe(head)),
})

const text = { head: mebibyte, tail: mebibyte / 4 }
const lines: Claim = { expected: 'one JSON document a line', bytes: text, found: linesProblem }

const claims: Record<string, Claim> = {
  parquet: { expected: 'a Parquet file', bytes: { head: 64, tail: 64 }, found: parquetProblem },
  csv: {
    expected: 'a CSV file: UTF-8, a header, equally many fields in each record',
    bytes: text,
    found: csvProblem,
  },
  tsv: {
    expected: 'a TSV file: UTF-8, a header, equally many fields in each record',
    bytes: text,
    found: (sample) => csvProblem(sample, '\t'),
  },
  json: { expected: 'a JSON document', bytes: { head: wholeJsonBytes, tail: 64 }, found: jsonProblem },
  ndjson: lines,
  jsonl: lines,
  gz: magic('gzip', [[0x1f, 0x8b, 0x08]]),
  zip: magic('a zip archive', [
    [0x50, 0x4b, 0x03, 0x04],
    [0x50, 0x4b, 0x05, 0x06],
  ]),
}

/** A file whose name promises a format must hold it: found out at the commit, not weeks later in a training. */
export const claimProblem = async (
  blobs: Blobs,
  file: { path: string; digest: string; sizeBytes: number },
): Promise<Problem | undefined> => {
  const extension = /\.([a-z0-9]+)$/i.exec(file.path)?.[1]?.toLowerCase() ?? ''
  const claim = Object.hasOwn(claims, extension) ? claims[extension] : undefined
  if (!claim) return undefined
  const found = claim.found(await sampleOf(blobs, file, claim.bytes))
  return found === undefined
    ? undefined
    : {
        path: file.path,
        message: `${file.path} is not what it claims: expected ${claim.expected}, found ${found}.`,
      }
}
