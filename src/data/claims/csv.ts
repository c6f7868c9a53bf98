import { describe, otherText, type Sample, utf8 } from './bytes.ts'

const delimiters = [',', ';', '\t', '|']

type Where = 'start' | 'plain' | 'quoted' | 'quote seen'
type Scan = { fields: number[]; header: string[]; isOpen: boolean }

/**
 * Walks through delimited text (RFC 4180, any of four delimiters) and counts the fields of each complete record.
 * Blank lines count nothing. `state` says where in a record the text begins; a first record that began before the text is dropped.
 */
const scan = (text: string, delimiter: string, state: Where = 'start'): Scan => {
  const fields: number[] = []
  const header: string[] = []
  let isCut = state !== 'start'
  let where: Where = state
  let count = 1
  let value = ''
  let isBlank = true

  const endField = () => {
    if (fields.length === 0 && !isCut) header.push(value)
    value = ''
  }
  const endRecord = () => {
    if (!isCut && isBlank) {
      value = ''
    } else {
      endField()
      if (!isCut) fields.push(count)
    }
    isCut = false
    count = 1
    isBlank = true
    where = 'start'
  }

  for (const character of text) {
    if (where === 'quoted') {
      if (character === '"') where = 'quote seen'
      else if (fields.length === 0) value += character
    } else if (character === '"' && (where === 'start' || where === 'quote seen')) {
      isBlank = false
      where = 'quoted'
    } else if (character === delimiter) {
      endField()
      isBlank = false
      count += 1
      where = 'start'
    } else if (character === '\n') endRecord()
    else if (character !== '\r') {
      isBlank = false
      if (fields.length === 0) value += character
      where = 'plain'
    }
  }
  const isOpen = where === 'quoted'
  if (!isOpen && !isBlank) endRecord()
  return { fields, header, isOpen }
}

const delimiterOf = (firstLine: string): string =>
  delimiters
    .map((delimiter) => ({ delimiter, count: scan(firstLine, delimiter).fields[0] ?? 0 }))
    .reduce((best, next) => (next.count > best.count ? next : best)).delimiter

const isNumber = (value: string) => value.trim() !== '' && Number.isFinite(Number(value))

const headerProblem = (header: string[]): string | undefined => {
  if (header.every((name) => name.trim() === '')) return 'no header: the first line is empty'
  return header.every(isNumber)
    ? `no header: the first line has numbers only (${header.slice(0, 5).join(', ')})`
    : undefined
}

const unequal = (fields: number[], expected: number): number =>
  fields.findIndex((count) => count !== expected)

/** The last record of a text that was cut may be incomplete. */
const complete = (scanned: Scan, isCut: boolean) => (isCut ? scanned.fields.slice(0, -1) : scanned.fields)

const tailProblem = (tail: string, delimiter: string, expected: number): string | undefined => {
  // Whether the cut fell inside quotes cannot be known, so the tail passes when any way to read it holds.
  const readings = (['plain', 'quoted', 'quote seen'] as const).map((state) => scan(tail, delimiter, state))
  if (readings.some((scanned) => !scanned.isOpen && unequal(scanned.fields, expected) === -1))
    return undefined
  const [plain] = readings
  const wrong = plain?.fields.find((count) => count !== expected)
  return wrong === undefined
    ? 'an open quote at the end'
    : `a record near the end with ${wrong} fields where the header has ${expected}`
}

const isBinary = (text: string | undefined): text is undefined => text === undefined || text.includes('\0')

const headProblem = (scanned: Scan, isCut: boolean): string | undefined => {
  const [expected] = scanned.fields
  if (!isCut && scanned.isOpen) return 'a quote that is never closed'
  if (expected === undefined) return 'no header: the file is blank'
  const wrong = unequal(complete(scanned, isCut), expected)
  return wrong === -1
    ? headerProblem(scanned.header)
    : `${scanned.fields[wrong]} fields in record ${wrong + 1} where the header has ${expected}`
}

/** What was found instead of a CSV (or TSV) file, or undefined. */
export const csvProblem = ({ head, tail, sizeBytes }: Sample, fixed?: string): string | undefined => {
  if (sizeBytes === 0) return 'an empty file'
  const isCut = tail.length > 0
  const text = utf8(head, { start: false, end: isCut })
  const end = utf8(tail, { start: true, end: false })
  if (isBinary(text)) return describe(head)
  if (isBinary(end)) return 'bytes near the end that are not UTF-8 text'
  const other = otherText(text)
  if (other !== undefined) return other
  const delimiter = fixed ?? delimiterOf(text.split('\n', 1)[0] ?? '')
  const scanned = scan(text, delimiter)
  const [expected] = complete(scanned, isCut)
  // One record longer than the whole sample: nothing to compare with.
  if (isCut && expected === undefined) return undefined
  return (
    headProblem(scanned, isCut) ??
    (isCut && expected !== undefined ? tailProblem(end, delimiter, expected) : undefined)
  )
}
