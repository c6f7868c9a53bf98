import { stripVTControlCharacters } from 'node:util'
import { colors, errorColors } from './colors.ts'
import { AppError, isAppError, messageOf } from '../src/kernel/errors.ts'
import { problemOf } from '../src/kernel/problem.ts'

export type Cell = string | number | boolean | null | undefined
export type Column<Row> = { title: string; of: (row: Row) => Cell; align?: 'left' | 'right' }

export type Output = {
  json: boolean
  /** Data as JSON with `--json`, otherwise what `show` prints. */
  result: (value: unknown, show: () => void) => void
  line: (text?: string) => void
  table: <Row>(rows: readonly Row[], columns: readonly Column<Row>[], empty: string) => void
  /** Facts in two columns. */
  facts: (pairs: readonly (readonly [string, Cell])[]) => void
  /** The command that most people want next. */
  next: (command: string, why?: string) => void
}

const text = (cell: Cell): string => (cell === null || cell === undefined ? '–' : String(cell))

// What terminals add for colour does not count as width.
const width = (cell: string) => stripVTControlCharacters(cell).length
const pad = (cell: string, to: number, align: 'left' | 'right' = 'left') =>
  align === 'right' ? ' '.repeat(to - width(cell)) + cell : cell + ' '.repeat(to - width(cell))

const tableLines = <Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string[] => {
  const cells = rows.map((row) => columns.map((column) => text(column.of(row))))
  const widths = columns.map((column, index) =>
    Math.max(column.title.length, ...cells.map((line) => width(line[index] ?? ''))),
  )
  const join = (line: readonly string[]) =>
    line
      .map((cell, index) => pad(cell, widths[index] ?? 0, columns[index]?.align))
      .join('  ')
      .trimEnd()
  return [colors.dim(join(columns.map((column) => column.title))), ...cells.map(join)]
}

export const output = ({ json }: { json: boolean }): Output => {
  const line = (content = '') => console.log(content)
  return {
    json,
    line,
    result: (value, show) => (json ? line(JSON.stringify(value, null, 2)) : show()),
    table: (rows, columns, empty) => {
      if (rows.length === 0) line(colors.dim(empty))
      else for (const one of tableLines(rows, columns)) line(one)
    },
    facts: (pairs) => {
      const to = Math.max(...pairs.map(([name]) => name.length))
      for (const [name, value] of pairs) line(`${colors.dim(pad(name, to))}  ${text(value)}`)
    },
    next: (command, why) => {
      if (!json) line(`\n${colors.dim(why ?? 'Next:')} ${colors.cyan(command)}`)
    },
  }
}

const shownProblems = 20

/** Exit codes: 1 it failed, 2 what was asked can't be right, 3 not allowed, 4 no server. */
const exitCodeOf = (error: AppError): number => {
  switch (error.code) {
    case 'invalid':
    case 'not_found':
    case 'too_large':
      return 2
    case 'unauthenticated':
    case 'forbidden':
      return 3
    case 'unavailable':
      return 4
    case 'conflict':
    case 'limited':
    case 'internal':
    case 'not_implemented':
      return 1
  }
}

const unexpected = (error: unknown): AppError => {
  if (process.env['ESTEIRA_LOG']) console.error(error)
  // The system refused something (a path, a right, space): it says what, and it is no fault of the program.
  if (error instanceof Error && 'syscall' in error)
    return new AppError('conflict', `The system refused: ${error.message}.`, { cause: error })
  return new AppError('internal', `This should not have happened: ${messageOf(error)}`, {
    hint: 'ESTEIRA_LOG=debug before the command shows where. Please report it.',
    cause: error,
  })
}

/** Problems that the message has not told already, with their places. */
const problemLines = ({ message, problems = [] }: AppError): string[] =>
  problems
    .filter(
      (problem) => problem.line !== undefined || problems.length > 1 || !message.includes(problem.message),
    )
    .slice(0, shownProblems)
    .map((problem) => {
      const place =
        problem.line === undefined
          ? problem.message.startsWith(problem.path ?? '')
            ? ''
            : `${problem.path} `
          : `line ${problem.line}, column ${problem.column ?? 1} `
      return `${errorColors.yellow(place)}${problem.message}${problem.hint ? errorColors.dim(` – ${problem.hint}`) : ''}`
    })

/** Says what went wrong and how to mend it, on stderr. */
export const printError = (error: unknown, json: boolean): number => {
  if (!isAppError(error)) return printError(unexpected(error), json)
  if (json) console.error(JSON.stringify(problemOf(error), null, 2))
  else {
    console.error(`${errorColors.red('error')} ${error.message}`)
    for (const line of problemLines(error)) console.error(`  ${line}`)
    const more = (error.problems?.length ?? 0) - shownProblems
    if (more > 0) console.error(`  and ${more} more`)
    if (error.hint && !error.problems?.some((problem) => problem.hint === error.hint))
      console.error(`  ${errorColors.cyan(error.hint)}`)
  }
  return exitCodeOf(error)
}
