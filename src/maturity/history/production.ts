import { alertRaised, alertRepeated, alertResolved, windowEvaluated } from '../../monitoring/contract.ts'
import {
  endpointDegraded,
  endpointRecovered,
  releaseCreated,
  rolloutCompleted,
  rolloutPaused,
  rolloutResumed,
  rolloutRolledBack,
  rolloutStarted,
  rolloutStepReached,
} from '../../serving/contract.ts'
import { releaseKey } from './records.ts'
import { markOf, teller } from './teller.ts'

const rolloutTellers = [
  teller(releaseCreated, (history, event) => {
    const { endpoint, release } = event.data
    history.releases.set(releaseKey(endpoint, release), {
      ...markOf(event),
      ...event.data,
      cause: event.cause,
    })
  }),
  teller(rolloutStarted, (history, event) => {
    history.rollouts.set(event.data.rollout, { ...markOf(event), ...event.data, weights: [], manual: [] })
  }),
  teller(rolloutStepReached, (history, event) => {
    const rollout = history.rollouts.get(event.data.rollout)
    rollout?.weights.push({ weight: event.data.weight, seq: event.seq })
    if (event.actor.kind === 'person') rollout?.manual.push(markOf(event))
  }),
  ...[rolloutPaused, rolloutResumed].map((declared) =>
    teller(declared, (history, event) => {
      if (event.actor.kind === 'person') history.rollouts.get(event.data.rollout)?.manual.push(markOf(event))
    }),
  ),
  ...[rolloutCompleted, rolloutRolledBack].map((declared) =>
    teller<(typeof declared)['data']>(declared, (history, event) => {
      const rollout = history.rollouts.get(event.data.rollout)
      if (!rollout) return
      const cause = 'cause' in event.data ? event.data.cause : null
      const outcome = cause === null ? 'completed' : 'rolled_back'
      rollout.end = { ...markOf(event), outcome, cause }
      if (event.actor.kind === 'person') rollout.manual.push(markOf(event))
    }),
  ),
]

const watchTellers = [
  teller(endpointDegraded, (history, event) => {
    history.outages.push({ ...markOf(event), endpoint: event.data.endpoint })
  }),
  teller(endpointRecovered, (history, { seq, at, data }) => {
    for (const outage of history.outages)
      if (outage.endpoint === data.endpoint) outage.recovered ??= { seq, at }
  }),
  teller(windowEvaluated, (history, event) => {
    const { window, monitor, endpoint, rows, labelled, metrics } = event.data
    history.windows.push({ ...markOf(event), monitor, endpoint, window: window.id, rows, labelled, metrics })
  }),
  teller(alertRaised, (history, event) => {
    const { alert, monitor, endpoint, rule } = event.data
    history.alerts.set(alert, { ...markOf(event), alert, monitor, endpoint, rule, repeats: [] })
  }),
  teller(alertRepeated, (history, { seq, data }) => {
    history.alerts.get(data.alert)?.repeats.push(seq)
  }),
  teller(alertResolved, (history, { seq, at, data }) => {
    const alert = history.alerts.get(data.alert)
    if (alert) alert.resolved ??= { seq, at }
  }),
]

/** Releases and how their rollouts went, what monitors saw, what alerts became of. */
export const productionTellers = [...rolloutTellers, ...watchTellers]
