import { system } from '../kernel/auth/principal.ts'
import type { Tx } from '../kernel/db/tables.ts'
import type { StoredDefinition } from '../kernel/definitions/definitions.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { alertStep } from './alerting.ts'
import type { AlertStore } from './alert.store.ts'
import type { Monitor, Rule, RuleMetric } from './definition.ts'
import { alertRaised, alertRepeated, alertResolved } from './events.ts'
import type { RuleVerdict, WindowView } from './schemas.ts'
import type { AlertRow } from './tables.ts'
import type { Window } from './windows.ts'
import type { OfMonitor, WindowStore } from './window.store.ts'

export type Target = { project: string; monitor: StoredDefinition<Monitor> }
/** A window as it was measured and judged; `version` gave most of the live answers. */
export type Outcome = { target: Target; window: Window; view: WindowView; version: number | null }

export const keyOf = ({ project, monitor }: Target): OfMonitor => ({ project, monitor: monitor.name })
export const subjectOf = ({ monitor }: Target): string => `monitor/${monitor.name}`

const alertData = ({ target, window, view, version }: Outcome, row: AlertRow, verdict: RuleVerdict) => ({
  alert: row.id,
  monitor: target.monitor.name,
  endpoint: target.monitor.body.endpoint,
  rule: verdict.rule,
  value: verdict.value ?? row.lastValue,
  limit: row.limitValue,
  direction: row.direction === 'below' ? ('below' as const) : ('above' as const),
  window: { id: window.id, from: window.from, to: window.to },
  version,
  drifted: view.drifted,
})

const newAlert = (outcome: Outcome, verdict: RuleVerdict, made: { id: string; now: number }): AlertRow => ({
  id: made.id,
  project: outcome.target.project,
  monitor: outcome.target.monitor.name,
  endpoint: outcome.target.monitor.body.endpoint,
  rule: verdict.rule,
  isOpen: 1,
  value: verdict.value ?? 0,
  limitValue: verdict.limit,
  direction: verdict.direction,
  windowId: outcome.window.id,
  windowFrom: outcome.window.from,
  windowTo: outcome.window.to,
  version: outcome.version,
  drifted: JSON.stringify(outcome.view.drifted),
  raisedAt: made.now,
  raisedSeq: null,
  windows: 1,
  lastValue: verdict.value ?? 0,
  lastWindow: outcome.window.id,
  lastFrom: outcome.window.from,
  resolvedAt: null,
  resolvedWindow: null,
  acknowledgedAt: null,
  acknowledgedBy: null,
  note: null,
})

type Deps = { kernel: Kernel; windows: WindowStore; alerts: AlertStore }

/** Does to the alert of a rule what the verdict of a window asks for, with its event, in the transaction of the window. */
export const alertRecorder = ({ kernel, windows, alerts }: Deps) => {
  const tell = (
    tx: Tx,
    outcome: Outcome,
    told: { event: typeof alertRaised; row: AlertRow; verdict: RuleVerdict; cause: number },
  ) =>
    kernel.ledger.append(tx, {
      event: told.event,
      project: outcome.target.project,
      subject: subjectOf(outcome.target),
      data: alertData(outcome, told.row, told.verdict),
      actor: system,
      cause: told.cause,
    })

  const record = async (
    tx: Tx,
    outcome: Outcome,
    { verdict, cause }: { verdict: RuleVerdict; cause: number },
  ) => {
    const key = keyOf(outcome.target)
    const { window } = outcome
    const rule: Rule = outcome.target.monitor.body.alert?.[verdict.rule as RuleMetric] ?? {}
    const last = await alerts.last(tx, key, verdict.rule)
    const step = alertStep({
      window,
      verdict,
      rule,
      last: last && {
        isOpen: last.isOpen === 1,
        raisedTo: last.windowTo,
        lastFrom: last.lastFrom,
        direction: last.direction === 'below' ? 'below' : 'above',
      },
      before: await windows.verdicts(tx, key, { rule: verdict.rule, before: window.from }),
      isHistory: (await windows.verdicts(tx, key, { rule: verdict.rule, after: window.from })).length > 0,
    })
    const now = kernel.clock.now()
    const measured = { lastValue: verdict.value ?? 0, lastWindow: window.id, lastFrom: window.from }
    if (step === 'raise') {
      const row = newAlert(outcome, verdict, { id: kernel.ids('alert'), now })
      const { seq } = await tell(tx, outcome, { event: alertRaised, row, verdict, cause })
      await alerts.add(tx, { ...row, raisedSeq: seq })
    }
    if (!last) return
    if (step === 'update') await alerts.change(tx, last.id, measured)
    if (step === 'repeat') {
      await alerts.change(tx, last.id, { ...measured, windows: last.windows + 1 })
      await tell(tx, outcome, { event: alertRepeated, row: last, verdict, cause })
    }
    if (step === 'resolve') {
      await alerts.change(tx, last.id, { isOpen: 0, resolvedAt: now, resolvedWindow: window.id, ...measured })
      await tell(tx, outcome, { event: alertResolved, row: last, verdict, cause })
    }
  }

  return record
}
export type AlertRecorder = ReturnType<typeof alertRecorder>
