import type { Level, LeveledBullet } from './bullets/bullets.ts'
import type { Finding, Findings } from './measure/finding.ts'
import { type Column, columns, type State } from './schemas.ts'

/** The people column never lowers the measured level: records hold only signs of how people work together. */
const deciding = (column: Column): boolean => column !== 'people'

const levels = [1, 2, 3, 4] as const

/** What counts as held. `insufficient` and `not_measured` never do: an empty system is level 0, not level 4. */
const counts = (state: State, withDeclared: boolean): boolean =>
  state === 'met' || state === 'not_applicable' || (withDeclared && state === 'declared')

/** The state that a level asks of a finding: of the highest grade that is not above it. */
export const stateAt = ({ state, grades = [] }: Finding, level: Level): State => {
  const own = grades.filter((grade) => grade.level <= level).at(-1) ?? grades[0]
  return own?.state ?? state
}

/** Worst first: a bullet that rests on several kinds of evidence is as good as the worst of them. */
const severity: readonly State[] = [
  'not_met',
  'insufficient',
  'not_measured',
  'declared',
  'not_applicable',
  'met',
]

export type JudgedBullet = LeveledBullet & { state: State; decidedBy: string }

const judge = (bullet: LeveledBullet, findings: Findings): JudgedBullet => {
  const states = bullet.evidence.map((id) => {
    const finding = findings.get(id)
    return { id, state: finding ? stateAt(finding, bullet.level) : ('not_measured' as const) }
  })
  const worst = states.toSorted((a, b) => severity.indexOf(a.state) - severity.indexOf(b.state))[0]
  return { ...bullet, state: worst?.state ?? 'not_measured', decidedBy: worst?.id ?? '' }
}

/** Is what the symptom describes still so? Known only where its evidence was judged. */
export const isPresent = ({ kind, state }: JudgedBullet): boolean | null => {
  if (kind !== 'sym') return null
  if (state === 'not_met') return true
  return state === 'met' ? false : null
}

/** Which bullets a column must hold: its capabilities; in the people column, where nearly all is organisational, those too. */
export const isRequired = ({ kind, column }: LeveledBullet): boolean =>
  kind === 'cap' || (kind === 'org' && column === 'people')

type JudgedColumn = {
  column: Column
  measured: Level
  declared: Level
  deciding: boolean
  levels: { level: Level; met: number; of: number; reached: boolean }[]
}

const judgeColumn = (column: Column, bullets: readonly JudgedBullet[], findings: Findings): JudgedColumn => {
  const own = bullets.filter((bullet) => bullet.column === column)
  const hasRecords = (level: Level) =>
    own
      .filter((bullet) => bullet.level === level)
      .some(({ evidence }) => evidence.some((id) => (findings.get(id)?.of ?? 0) > 0))
  /** A level that asks for nothing is reached once there is something to judge: no records, no level. */
  const holds = (level: Level, withDeclared: boolean): boolean => {
    const required = own.filter((bullet) => bullet.level === level && isRequired(bullet))
    if (required.length === 0) return hasRecords(level)
    return required.every(({ state }) => counts(state, withDeclared))
  }
  const highest = (withDeclared: boolean): Level => {
    const broken = levels.find((level) => !holds(level, withDeclared))
    return broken === undefined ? 4 : ((broken - 1) as Level)
  }
  const measured = highest(false)
  return {
    column,
    measured,
    declared: highest(true),
    deciding: deciding(column),
    levels: levels.map((level) => {
      const required = own.filter((bullet) => bullet.level === level && isRequired(bullet))
      const met = required.filter(({ state }) => counts(state, false)).length
      return { level, met, of: required.length, reached: level <= measured }
    }),
  }
}

const lowest = (found: readonly Level[]): Level => found.toSorted((a, b) => a - b)[0] ?? 0

export type Judgement = {
  bullets: JudgedBullet[]
  columns: JudgedColumn[]
  measured: Level
  declared: Level
}

/** Levels of the columns and of the whole, by the rules of the model: every capability of 1…L must hold, a symptom never has to go. */
export const judgeLevels = (bullets: readonly LeveledBullet[], findings: Findings): Judgement => {
  const judged = bullets.map((bullet) => judge(bullet, findings))
  const found = columns.map((column) => judgeColumn(column, judged, findings))
  return {
    bullets: judged,
    columns: found,
    measured: lowest(found.filter(({ deciding }) => deciding).map(({ measured }) => measured)),
    declared: lowest(found.map(({ declared }) => declared)),
  }
}
