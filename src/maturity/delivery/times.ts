import { type AlertRecord, type FiringRecord, versionKey, type VersionRecord } from '../history/history.ts'
import { type Completed, completed, type Given, inWindow, type Row, seqsOf, timed } from './figure.ts'
import { startsByCause } from '../measure/select.ts'
import type { Figure } from '../schemas.ts'

/** From the newest data that a version was trained on to all traffic. */
export const leadTime = (given: Given): Figure => {
  const arrivals = new Map(given.history.commits.map((commit) => [commit.commit, commit]))
  const rows = completed(given).flatMap(({ rollout, end }): Row[] => {
    const version = given.history.versions.get(versionKey(rollout.model, rollout.version))
    const commits = (version?.lineage.commits ?? []).flatMap(({ commit }) => arrivals.get(commit) ?? [])
    const last = commits.toSorted((a, b) => b.at - a.at)[0]
    if (!last) return []
    const label = `${rollout.model} version ${rollout.version} on ${rollout.endpoint}`
    return [{ label, value: end.at - last.at, at: end.at, seqs: seqsOf(last, version, rollout, end) }]
  })
  return timed({
    id: 'lead_time',
    title: 'Lead time from data to live',
    rows: rows.filter((row) => inWindow(row, given.now)),
    noun: 'release',
    what: 'from the commit of the newest training data to all traffic',
    nothing: 'No release of a version with known data was completed.',
  })
}

const earliest = <R extends { seq: number }>(records: readonly (R | undefined)[]): R | undefined =>
  records.flatMap((record) => record ?? []).toSorted((a, b) => a.seq - b.seq)[0]

/** From an alert (or an endpoint that fails) to health: resolved, gone back, or a new release with all traffic. */
export const timeToRestore = (given: Given): Figure => {
  const { history } = given
  const completions = [...history.rollouts.values()]
    .flatMap(({ endpoint, end }) => (end?.outcome === 'completed' ? [{ ...end, endpoint }] : []))
    .toSorted((a, b) => a.seq - b.seq)
  const fixes = Map.groupBy(completions, ({ endpoint }) => endpoint)
  const alerts = [...history.alerts.values()].map((alert): Row => {
    const fixed = fixes.get(alert.endpoint)?.find(({ seq }) => seq > alert.seq)
    const healed = earliest([alert.resolved, fixed])
    const value = healed ? healed.at - alert.at : null
    return {
      label: `alert on ${alert.rule} of ${alert.endpoint}`,
      value,
      at: alert.at,
      seqs: seqsOf(alert, healed),
    }
  })
  const outages = history.outages.map((outage): Row => {
    const value = outage.recovered ? outage.recovered.at - outage.at : null
    return {
      label: `${outage.endpoint} not healthy`,
      value,
      at: outage.at,
      seqs: seqsOf(outage, outage.recovered),
    }
  })
  const rows = [...alerts, ...outages].filter((row) => inWindow(row, given.now))
  const open = rows.filter(({ value }) => value === null).length
  const figure = timed({
    id: 'time_to_restore',
    title: 'Time to restore',
    rows,
    noun: 'incident',
    what: 'from an alert or failing endpoint to health',
    nothing: rows.length === 0 ? 'No alert was raised and no endpoint failed.' : 'No incident has ended.',
  })
  return { ...figure, sentence: open === 0 ? figure.sentence : `${figure.sentence} ${open} still open.` }
}

type Path = {
  starts: Map<number, FiringRecord[]>
  versions: Map<string, VersionRecord>
  done: Map<string, Completed>
}

/** The path of an alert through trigger, run and version to the release that replaced the model. */
const promotionOf = (alert: AlertRecord, { starts, versions, done }: Path): Row | undefined => {
  const firings = [alert.seq, ...alert.repeats].flatMap((seq) => starts.get(seq) ?? [])
  const found = firings.flatMap((firing) => {
    const version = versions.get(firing.run ?? '')
    const release = version && done.get(versionKey(version.model, version.version))
    return version && release ? [{ firing, version, end: release.end }] : []
  })
  const first = found.toSorted((a, b) => a.end.seq - b.end.seq)[0]
  if (!first) return undefined
  const { firing, version, end } = first
  const label = `alert on ${alert.rule} → ${version.model} version ${version.version}`
  return { label, value: end.at - alert.at, at: end.at, seqs: seqsOf(alert, firing, version, end) }
}

export const alertToModel = (given: Given): Figure => {
  const { history } = given
  const path = {
    starts: startsByCause(history),
    versions: new Map([...history.versions.values()].map((one) => [one.lineage.pipelineRun ?? '', one])),
    done: new Map(
      completed(given).map((one) => [versionKey(one.rollout.model, one.rollout.version), one] as const),
    ),
  }
  path.versions.delete('')
  const rows = [...history.alerts.values()].flatMap((alert) => promotionOf(alert, path) ?? [])
  return timed({
    id: 'alert_to_model',
    title: 'From alert to promoted model',
    rows: rows.filter((row) => inWindow(row, given.now)),
    noun: 'alert',
    what: 'from an alert to the retrained model with all traffic',
    nothing: 'No alert has led to a promoted model.',
  })
}
