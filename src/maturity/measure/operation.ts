import type { History, Mark } from '../history/history.ts'
import type { EvidenceRow } from '../schemas.ts'
import { count, dayMs, type Measure, nOf, recent, shareOf, type View, windowWords } from './finding.ts'
import { liveReleases, productionModels, startsByCause } from './select.ts'

const modelOfEndpoint = ({ history, facts }: View): Map<string, string> =>
  new Map([
    ...[...history.releases.values()].map(({ endpoint, model }) => [endpoint, model] as const),
    ...facts.endpoints.map(({ name, model }) => [name, model] as const),
  ])

export const productionRetrains: Measure = (view) => {
  const { history, facts } = view
  const models = modelOfEndpoint(view)
  const decided = new Map<string, Mark>(
    [...history.versions.values(), ...history.refusals].map((one) => [
      `${one.lineage.pipelineRun}/${one.model}`,
      one,
    ]),
  )
  const rows = productionModels(history).map((model): EvidenceRow => {
    const monitors = facts.monitors.filter(({ endpoint }) => models.get(endpoint) === model)
    const armed = facts.triggers.filter(({ monitor }) => monitors.some(({ name }) => name === monitor))
    const chains = recent(history.firings, view).flatMap((firing) => {
      const decision = decided.get(`${firing.run}/${model}`)
      return firing.fired && firing.source === 'alert' && firing.run !== null && decision
        ? [[...(firing.cause === null ? [] : [firing.cause]), firing.seq, decision.seq]]
        : []
    })
    const lacks =
      armed.length === 0
        ? 'no trigger waits for an alert of its monitors'
        : 'no alert has led to a decision of its gate'
    return {
      label: `model ${model}`,
      holds: armed.length > 0 && chains.length > 0,
      why: armed.length > 0 && chains.length > 0 ? `${count(chains.length, 'chain')} completed` : lacks,
      subject: `model/${model}`,
      seqs: chains.flat(),
    }
  })
  return shareOf(view, rows, {
    noun: 'model',
    hold: 'in production were retrained because an alert said so',
    nothing: 'No model is in production',
  })
}

const liveSince = (history: History, endpoint: string): number =>
  Math.min(
    ...[...history.rollouts.values()].flatMap((rollout) =>
      rollout.endpoint === endpoint && rollout.end?.outcome === 'completed' ? [rollout.end.at] : [],
    ),
  )

const watchedRow = (endpoint: string, view: View): EvidenceRow => {
  const { history, now, kind } = view
  const windows = recent(history.windows, view).filter((one) => one.endpoint === endpoint)
  const from = Math.max(liveSince(history, endpoint), now - (kind.windowDays ?? 0) * dayMs)
  const days = Math.floor(now / dayMs) - Math.floor(from / dayMs) + 1
  const seen = new Set(windows.filter(({ at }) => at >= from - dayMs).map(({ at }) => Math.floor(at / dayMs)))
    .size
  const last = windows.at(-1)
  const fresh = last !== undefined && now - last.at <= (kind.limit?.['freshHours'] ?? 24) * 3_600_000
  return {
    label: `endpoint ${endpoint}`,
    holds: fresh && seen / days >= (kind.limit?.['coverage'] ?? 1),
    why: last ? `evaluated on ${Math.min(seen, days)} of ${count(days, 'day')}` : 'no monitored window yet',
    subject: `endpoint/${endpoint}`,
    seqs: windows.slice(-20).map(({ seq }) => seq),
  }
}

export const watchedCentrally: Measure = (view) =>
  shareOf(
    view,
    liveReleases(view.history).map(({ rollout }) => watchedRow(rollout.endpoint, view)),
    {
      noun: 'live endpoint',
      hold: 'were monitored within 24 hours and on 95 % of days',
      nothing: 'Nothing is live',
    },
  )

/** Figures that need labels. */
const qualityFigures = ['auc', 'log_loss', 'brier', 'calibration_gap', 'calibration_error']

export const feedbackComes: Measure = (view) => {
  const { history, kind, now } = view
  const latest = new Map(recent(history.windows, view).map((one) => [`${one.monitor}/${one.window}`, one]))
  const windows = [...latest.values()]
  const rows = windows.reduce((sum, one) => sum + one.rows, 0)
  const labelled = windows.reduce((sum, one) => sum + one.labelled, 0)
  const judged = windows.filter(({ metrics }) =>
    qualityFigures.some((name) => typeof metrics[name] === 'number'),
  )
  const fresh = judged.some(({ at }) => now - at <= (kind.limit?.['qualityDays'] ?? 0) * dayMs)
  const enough =
    rows > 0 && (labelled / rows >= (kind.share ?? 1) || labelled >= (kind.limit?.['labels'] ?? 0))
  return {
    state: rows < kind.minimum ? 'insufficient' : enough && fresh ? 'met' : 'not_met',
    sentence:
      rows === 0
        ? `No predictions were evaluated${windowWords(kind)}.`
        : `${nOf(labelled, rows, 'prediction')} have a true outcome${windowWords(kind)}; quality was ${fresh ? 'evaluated' : 'not evaluated'} in the last 7 days.`,
    n: labelled,
    of: rows,
    rows: windows.map(({ monitor, window, rows, labelled, subject, seq }) => ({
      label: `window ${window} of ${monitor}`,
      holds: labelled > 0,
      why: nOf(labelled, rows, 'prediction') + ' labelled',
      subject,
      seqs: [seq],
    })),
  }
}

export const alertsAnswered: Measure = (view) => {
  const { history } = view
  const starts = startsByCause(history)
  const rows = recent(history.alerts.values(), view).map((alert) => {
    const runs = [alert.seq, ...alert.repeats].flatMap((seq) => starts.get(seq) ?? [])
    const resolved = alert.resolved ? [alert.resolved.seq] : []
    const started = runs[0]
    return {
      label: `alert on ${alert.rule} of ${alert.endpoint}`,
      holds: started !== undefined || alert.resolved !== undefined,
      why: started ? `started run ${started.run}` : alert.resolved ? 'resolved' : 'no outcome yet',
      subject: alert.subject,
      seqs: [alert.seq, ...runs.map(({ seq }) => seq), ...resolved],
    }
  })
  return shareOf(view, rows, {
    noun: 'alert',
    hold: 'started a run or were resolved',
    nothing: 'No alert was raised',
  })
}

export const downtime: Measure = (view) => {
  const outages = recent(view.history.outages, view)
  return {
    state: 'not_measured',
    sentence: `${count(outages.length, 'time')} an endpoint was not healthy${windowWords(view.kind)}.`,
    n: null,
    of: null,
    rows: outages.map(({ endpoint, recovered, subject, seq }) => ({
      label: `endpoint ${endpoint} was not healthy`,
      holds: recovered !== undefined,
      why: recovered ? 'it recovered' : 'it has not recovered',
      subject,
      seqs: [seq, ...(recovered ? [recovered.seq] : [])],
    })),
  }
}
