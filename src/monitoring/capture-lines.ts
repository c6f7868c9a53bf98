import { setImmediate as breathe } from 'node:timers/promises'
import { AppError, type Problem } from '../kernel/errors.ts'
import type { CaptureLine } from './schemas.ts'

export type SegmentFacts = {
  lines: number
  rows: number
  fromEvent: number
  toEvent: number
  /** Live rows by model version. */
  versions: Record<string, number>
}

/** Milliseconds of a time in a capture: a whole number of them, or ISO 8601, UTC where it names no zone. */
export const momentOf = (value: unknown): number | undefined => {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined
  if (typeof value !== 'string') return undefined
  if (/^-?\d+$/.test(value)) return Number(value)
  const hasZone = /(Z|[+-]\d{2}(:?\d{2})?)$/i.test(value)
  const parsed = Date.parse(hasZone || !/[T ]/.test(value) ? value : `${value.replace(' ', 'T')}Z`)
  return Number.isNaN(parsed) ? undefined : parsed
}

export const eventTimeOf = (line: Pick<CaptureLine, 'at' | 'eventTime'>): number | undefined =>
  momentOf(line.eventTime) ?? momentOf(line.at)

const complaint = (line: Partial<CaptureLine>, segment: string): string | undefined => {
  if (typeof line.id !== 'string' || !line.id.startsWith(`${segment}.`))
    return `id does not begin with ${segment}.`
  if (line.role !== 'live' && line.role !== 'shadow') return 'role is neither live nor shadow'
  if (!Number.isInteger(line.version)) return 'version is not a whole number'
  if (typeof line.inputs !== 'object' || line.inputs === null) return 'inputs is not an object'
  return momentOf(line.at) === undefined ? 'at is no time' : undefined
}

const parse = (text: string): Partial<CaptureLine> | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

const mostProblems = 20
const linesPerTurn = 500

/** Reads a segment as it comes from an agent: what it holds, or every line that is not a capture. Lets others run in between. */
export const readSegment = async (bytes: Buffer, segment: string): Promise<SegmentFacts> => {
  const problems: Problem[] = []
  const facts: SegmentFacts = { lines: 0, rows: 0, fromEvent: Infinity, toEvent: -Infinity, versions: {} }
  let number = 0
  for (const text of bytes.toString('utf8').split('\n')) {
    number += 1
    if (text === '') continue
    if (number % linesPerTurn === 0) await breathe()
    const line = parse(text)
    const wrong = line ? complaint(line, segment) : 'not a JSON object'
    if (!line || wrong !== undefined) {
      if (problems.length < mostProblems)
        problems.push({ message: wrong ?? 'not a JSON object', line: number })
      continue
    }
    take(facts, line as CaptureLine)
  }
  if (problems.length > 0)
    throw new AppError(
      'invalid',
      `Capture segment ${segment} is not valid: line ${problems[0]?.line}: ${problems[0]?.message}.`,
      {
        problems,
      },
    )
  if (facts.lines === 0) throw new AppError('invalid', `Capture segment ${segment} has no lines.`)
  return facts
}

const take = (facts: SegmentFacts, line: CaptureLine): void => {
  const event = eventTimeOf(line) ?? 0
  facts.lines += 1
  facts.fromEvent = Math.min(facts.fromEvent, event)
  facts.toEvent = Math.max(facts.toEvent, event)
  if (line.role === 'shadow') return
  facts.rows += 1
  facts.versions[line.version] = (facts.versions[line.version] ?? 0) + 1
}

export type FoundLines = { line: CaptureLine; shadows: CaptureLine[] }

/** The lines of one prediction in its segment. */
export const linesOf = (bytes: Buffer, prediction: string): FoundLines | undefined => {
  const marker = JSON.stringify(prediction)
  const found = bytes
    .toString('utf8')
    .split('\n')
    .filter((text) => text.includes(marker))
    .map((text) => JSON.parse(text) as CaptureLine)
    .filter((line) => line.id === prediction)
  const line = found.find(({ role }) => role === 'live')
  return line && { line, shadows: found.filter((other) => other !== line) }
}
