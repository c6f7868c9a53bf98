import { isMap, isScalar, LineCounter, type Node, parseDocument, type Pair, type ParsedNode } from 'yaml'
import { AppError, type Problem } from '../kernel/errors.ts'
import { problemsIn } from '../kernel/http/validate.ts'
import { ProjectFile } from './contract.ts'
import { unresolved } from './references.ts'

type Place = { line: number; column: number }
type Locate = (path: string) => Place | undefined

const offsetOf = (node: Node | null | undefined): number | undefined => node?.range?.[0]

const keyNode = (pair: Pair): Node | undefined => (isScalar(pair.key) ? pair.key : undefined)

/** Finds the pair whose key is the longest run of the path's next segments: names may themselves hold dots. */
const pairFor = (
  pairs: readonly Pair[],
  segments: readonly string[],
): { pair: Pair; used: number } | undefined => {
  for (let used = segments.length; used > 0; used -= 1) {
    const key = segments.slice(0, used).join('.')
    const pair = pairs.find((one) => isScalar(one.key) && String(one.key.value) === key)
    if (pair) return { pair, used }
  }
  return undefined
}

/** Where in the text a dotted path stands; of what is missing, the place of the nearest thing around it. */
const locator =
  (root: ParsedNode | null, lines: LineCounter): Locate =>
  (path) => {
    let node: Node | null = root
    let offset = offsetOf(root)
    let rest = path === '' ? [] : path.split('.')
    while (rest.length > 0) {
      if (isMap(node)) {
        const found: { pair: Pair; used: number } | undefined = pairFor(node.items, rest)
        if (!found) break
        offset = offsetOf(keyNode(found.pair)) ?? offset
        node = found.pair.value as Node | null
        rest = rest.slice(found.used)
      } else {
        const item: Node | undefined = (node as { items?: Node[] } | null)?.items?.[Number(rest[0])]
        if (!item) break
        offset = offsetOf(item) ?? offset
        node = item
        rest = rest.slice(1)
      }
    }
    if (offset === undefined) return undefined
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }

const refuse = (problems: Problem[]): never => {
  const first = problems[0]
  const place = first?.line === undefined ? '' : `${first.line}:${first.column ?? 1}: `
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''
  throw new AppError(
    'invalid',
    `The project file is not valid: ${place}${(first?.message ?? '').replace(/\.$/, '')}${more}.`,
    {
      problems,
      hint: first?.hint,
    },
  )
}

const byPlace = (a: Problem, b: Problem) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)

/** A rule of a room about its own sections: it sees the whole file and says what can't work, by dotted path. */
export type FileCheck = (file: ProjectFile) => Problem[]

/**
 * Reads `esteira.yaml`: YAML, shape, references and the rooms' own checks, and all problems of the first stage that has any
 * are told at once, each with line and column (from 1).
 */
export const parseProjectFile = (text: string, checks: readonly FileCheck[] = []): ProjectFile => {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  if (document.errors.length > 0)
    refuse(
      document.errors.map((error) => {
        const { line, col } = lines.linePos(error.pos[0])
        return { message: error.message, line, column: col }
      }),
    )
  const value: unknown = document.toJS({ maxAliasCount: 100 })
  const locate = locator(document.contents, lines)
  const refuseIfAny = (problems: Problem[]) => {
    if (problems.length > 0)
      refuse(problems.map((problem) => ({ ...problem, ...locate(problem.path ?? '') })).sort(byPlace))
  }
  refuseIfAny(problemsIn(ProjectFile, value ?? {}))
  const file = value as ProjectFile
  refuseIfAny(unresolved(file))
  refuseIfAny(checks.flatMap((check) => check(file)))
  return file
}
