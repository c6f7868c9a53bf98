import { system } from '../kernel/auth/principal.ts'
import type { Tx } from '../kernel/db/tables.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { type AlertRecorder, keyOf, type Outcome, subjectOf, type Target } from './alert.recording.ts'
import type { CaptureStore } from './captures.store.ts'
import type { Monitor } from './definition.ts'
import { windowEvaluated } from './events.ts'
import { liveQuality, statusOf, verdictsOf } from './judging.ts'
import type { MeasuringService, Measurement } from './measuring.ts'
import { isClosed, isLabelled } from './readiness.ts'
import type { RuleVerdict, WindowView } from './schemas.ts'
import type { Window } from './windows.ts'
import type { WindowStore } from './window.store.ts'

/** `onRequest`: somebody asks, so a window whose end is past counts as closed although no later event has come. */
export type Evaluation = { target: Target; window: Window; onRequest?: boolean }
type Deps = {
  kernel: Kernel
  captures: CaptureStore
  windows: WindowStore
  record: AlertRecorder
  measuring: MeasuringService
}

/** Keeps the metrics that the monitor asks for; without a list, all of them. */
const shownQuality = (body: Monitor, quality: WindowView['quality']): WindowView['quality'] => {
  const wanted = body.quality
  if (!wanted) return quality
  const always = ['mean_prediction', 'label_rate', ...Object.keys(body.alert ?? {})]
  const isWanted = (name: string) => wanted.some((one) => one === name) || always.includes(name)
  return quality.map((group) => ({
    ...group,
    metrics: Object.fromEntries(Object.entries(group.metrics).filter(([name]) => isWanted(name))),
  }))
}

/** What is shown and kept of a measured window. */
const viewOf = async (
  { kernel, captures }: Pick<Deps, 'kernel' | 'captures'>,
  { target, window, onRequest = false }: Evaluation,
  measurement: Measurement,
): Promise<WindowView> => {
  const { body } = target.monitor
  const of = { project: target.project, endpoint: body.endpoint }
  const [facts, span] = [await captures.facts(of, window), await captures.span(of)]
  const moment = { now: kernel.clock.now(), watermark: span.to ?? 0 }
  const { result, baseline, rowsDigest } = measurement
  const closed = isClosed(body, window, { facts, moment }) || (onRequest && moment.now >= window.to)
  const judged = verdictsOf(body, result, isLabelled(body, facts, moment.now))
  // A window that still grows is shown, not judged: half a month is no month.
  const rules: RuleVerdict[] = closed
    ? judged
    : judged.map((verdict) => ({ ...verdict, verdict: 'waiting', reason: 'the window is still open' }))
  return {
    id: window.id,
    from: window.from,
    to: window.to,
    status: statusOf(body, result.rows, rules),
    evaluatedAt: moment.now,
    closed,
    rows: result.rows,
    labelled: result.labelled,
    unknownLabels: result.unknownLabels,
    duplicateLabels: result.duplicateLabels,
    badLines: result.badLines,
    quality: shownQuality(body, result.quality),
    drift: result.drift,
    drifted: result.drift.filter(({ drifted }) => drifted).map(({ column }) => column),
    baseline,
    rules,
    rowsDigest,
    notes: result.notes,
  }
}

/** Measures windows, judges them, and writes result, events and alerts in one transaction. */
export const evaluatingService = (deps: Deps) => {
  const { kernel, captures, windows, record, measuring } = deps

  const store = async (tx: Tx, outcome: Outcome, measurement: Measurement) => {
    const { target, window, view } = outcome
    await windows.put(tx, {
      ...keyOf(target),
      id: window.id,
      fromAt: window.from,
      toAt: window.to,
      status: view.status,
      evaluatedAt: view.evaluatedAt,
      seenSegments: measurement.seen.segments,
      seenLabels: measurement.seen.labels,
      rowsDigest: measurement.rowsDigest,
      view: JSON.stringify(view),
    })
    const { seq } = await kernel.ledger.append(tx, {
      event: windowEvaluated,
      project: target.project,
      subject: subjectOf(target),
      actor: system,
      data: {
        monitor: target.monitor.name,
        endpoint: target.monitor.body.endpoint,
        window: { id: window.id, from: window.from, to: window.to },
        status: view.status,
        rows: view.rows,
        labelled: view.labelled,
        metrics: liveQuality(view.quality)?.metrics ?? {},
        drifted: view.drifted,
      },
    })
    for (const verdict of view.rules) await record(tx, outcome, { verdict, cause: seq })
  }

  return {
    /**
     * Evaluates one window and answers with what is stored then. A window without any row is not stored. When another evaluation of
     * the same window was quicker, that one stands.
     */
    evaluate: async (evaluation: Evaluation, signal: AbortSignal): Promise<WindowView | undefined> => {
      const { target, window } = evaluation
      const of = { project: target.project, endpoint: target.monitor.body.endpoint }
      if ((await captures.facts(of, window)).segments === 0) return undefined
      const before = await windows.find(keyOf(target), window.id)
      const measurement = await measuring.measure(
        { project: target.project, body: target.monitor.body, window },
        signal,
      )
      if (measurement.result.quality.every(({ rows }) => rows === 0)) return undefined
      const view = await viewOf(deps, evaluation, measurement)
      const outcome = { target, window, view, version: measurement.version }
      return kernel.write(async (tx) => {
        const stored = await windows.find(keyOf(target), window.id, tx)
        if (stored?.evaluatedAt !== before?.evaluatedAt)
          return stored && (JSON.parse(stored.view) as WindowView)
        await store(tx, outcome, measurement)
        return view
      })
    },
  }
}
export type EvaluatingService = ReturnType<typeof evaluatingService>
