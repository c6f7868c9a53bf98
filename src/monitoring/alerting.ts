import type { Rule } from './definition.ts'
import { durationMs } from '../kernel/duration.ts'
import { isClear } from './judging.ts'
import type { RuleVerdict } from './schemas.ts'
import type { Window } from './windows.ts'

/** The newest alert of a monitor and rule. */
export type LastAlert = { isOpen: boolean; raisedTo: number; lastFrom: number; direction: 'above' | 'below' }

export type Judged = {
  window: Window
  verdict: RuleVerdict
  rule: Rule
  last: LastAlert | undefined
  /** Verdicts of the windows before this one, newest first, of those that could be judged. */
  before: readonly RuleVerdict['verdict'][]
  /** A later window has been judged already: this one is history. */
  isHistory: boolean
}

export type AlertStep = 'raise' | 'repeat' | 'update' | 'resolve' | 'none'

const brokenInARow = (verdicts: readonly RuleVerdict['verdict'][]): number => {
  const end = verdicts.findIndex((verdict) => verdict !== 'broken')
  return end === -1 ? verdicts.length : end
}

const whenOpen = ({ window, verdict, rule }: Judged, last: LastAlert): AlertStep => {
  if (window.from < last.lastFrom) return 'none'
  if (verdict.verdict === 'broken') return window.from > last.lastFrom ? 'repeat' : 'update'
  if (verdict.verdict !== 'fine') return 'none'
  return isClear(rule, { value: verdict.value, direction: last.direction }) ? 'resolve' : 'none'
}

/**
 * What a judged window does to the alert of its rule: at most one is open; it is raised after enough broken windows in a row and
 * outside the cooldown, repeated by later broken ones, and resolved by one that is fine and past `clear`. What could not be judged
 * changes nothing.
 */
export const alertStep = (judged: Judged): AlertStep => {
  const { window, verdict, rule, last, before, isHistory } = judged
  if (isHistory) return 'none'
  if (last?.isOpen) return whenOpen(judged, last)
  if (verdict.verdict !== 'broken') return 'none'
  if (1 + brokenInARow(before) < (rule.windows ?? 1)) return 'none'
  const isCooling = last !== undefined && window.to - last.raisedTo < durationMs(rule.cooldown ?? '0s')
  return isCooling ? 'none' : 'raise'
}
