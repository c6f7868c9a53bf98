import { type History, releaseKey, type RolloutRecord } from '../history/history.ts'
import { count, dayMs } from '../measure/finding.ts'
import { newReleases, rolloutsByRelease, trainings } from '../measure/select.ts'
import { wilson } from '../measure/wilson.ts'
import type { Figure } from '../schemas.ts'
import {
  completed,
  deliveryWindowDays,
  type Given,
  inWindow,
  newest,
  paced,
  type Row,
  seqsOf,
} from './figure.ts'

export const deploymentFrequency = (given: Given): Figure => {
  const rows = completed(given).map(({ rollout, end }) => ({
    label: `${rollout.model} version ${rollout.version} on ${rollout.endpoint}`,
    value: null,
    at: end.at,
    seqs: seqsOf(rollout, end),
  }))
  return paced(given, {
    id: 'deployment_frequency',
    title: 'Deployment frequency',
    rows: rows.filter((row) => inWindow(row, given.now)),
    noun: 'completed release',
    nothing: 'No release was completed.',
  })
}

export const retrainFrequency = (given: Given): Figure => {
  const rows = trainings(given.history, given.facts)
    .filter(({ automatic }) => automatic)
    .map(({ label, at, seqs }) => ({ label, value: null, at, seqs }))
  return paced(given, {
    id: 'retrain_frequency',
    title: 'Retraining frequency',
    rows: rows.filter((row) => inWindow(row, given.now)),
    noun: 'automatic training',
    nothing: 'No training was started by a trigger.',
  })
}

/** Gone back before any traffic is caught, not failed; superseded is neither. */
const hasFailed = ({ weights, end }: RolloutRecord): boolean =>
  end?.outcome === 'rolled_back' && weights.some(({ weight }) => weight > 0)

/** Releases that were taken back afterwards by a release of kind rollback. */
const takenBack = (history: History, rollout: RolloutRecord) =>
  [...history.releases.values()].find(
    ({ kind, endpoint, seq }) =>
      kind === 'rollback' && endpoint === rollout.endpoint && followsNext(history, rollout, seq),
  )

/** Was the first thing that was released on the endpoint after this rollout? */
const followsNext = (history: History, { endpoint, release }: RolloutRecord, seq: number): boolean => {
  const later = [...history.releases.values()].filter(
    (one) => one.endpoint === endpoint && one.release > release,
  )
  return later.toSorted((a, b) => a.release - b.release)[0]?.seq === seq
}

export const changeFailureRate = (given: Given): Figure => {
  const { history, now } = given
  const rollouts = rolloutsByRelease(history)
  const ended = newReleases(history).flatMap((release) => {
    const rollout = rollouts.get(releaseKey(release.endpoint, release.release))
    return rollout?.end && rollout.end.cause !== 'superseded' ? [{ rollout, end: rollout.end }] : []
  })
  const rows = ended
    .map(({ rollout, end }): Row => {
      const back = end.outcome === 'completed' ? takenBack(history, rollout) : undefined
      return {
        label: `${rollout.model} version ${rollout.version} on ${rollout.endpoint}: ${back ? 'taken back' : end.outcome.replace('_', ' ')}`,
        value: hasFailed(rollout) || back ? 1 : 0,
        at: end.at,
        seqs: seqsOf(rollout, end, back),
      }
    })
    .filter((row) => inWindow(row, now))
  const n = rows.filter(({ value }) => value === 1).length
  const refused = history.refusals.filter(
    ({ at }) => at >= now - deliveryWindowDays * dayMs && at <= now,
  ).length
  const caught = `the gate refused ${count(refused, 'candidate')} before any release.`
  return {
    id: 'change_failure_rate',
    title: 'Change failure rate',
    unit: 'share',
    value: rows.length === 0 ? null : n / rows.length,
    p90: null,
    n: rows.length,
    interval: wilson(n, rows.length),
    sentence:
      rows.length === 0
        ? `No rollout has ended; ${caught}`
        : `${n} of ${count(rows.length, 'rollout')} went back after they had traffic; ${caught}`,
    rows: newest(rows),
  }
}
