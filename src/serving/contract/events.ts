import { Digest, Name, Type, event } from '../../kernel/contract.ts'
import { Whole, oneOf, orNull } from './schema.ts'

const OfRollout = { endpoint: Name, rollout: Type.String(), release: Whole, model: Name, version: Whole }

export const releaseCreated = event({
  type: 'release.created',
  summary: 'A version was released to an endpoint.',
  data: Type.Object({
    endpoint: Name,
    release: Whole,
    kind: Type.String(),
    model: Name,
    version: Whole,
    files: Digest,
  }),
})
export const rolloutStarted = event({
  type: 'rollout.started',
  summary: 'A release began to take over an endpoint.',
  data: Type.Object({ ...OfRollout, champion: orNull(Whole) }),
})
export const rolloutStepReached = event({
  type: 'rollout.step.reached',
  summary: 'A rollout moved to its next weight.',
  data: Type.Object({ ...OfRollout, step: Whole, weight: Whole }),
})
export const rolloutPaused = event({
  type: 'rollout.paused',
  summary: 'A rollout was held at its weight.',
  data: Type.Object({ ...OfRollout, weight: Whole, reason: Type.Optional(Type.String()) }),
})
export const rolloutResumed = event({
  type: 'rollout.resumed',
  summary: 'A paused rollout goes on.',
  data: Type.Object({ ...OfRollout, weight: Whole, reason: Type.Optional(Type.String()) }),
})
export const rolloutCompleted = event({
  type: 'rollout.completed',
  summary: 'A release has all traffic of its endpoint.',
  data: Type.Object({ ...OfRollout, replaced: orNull(Whole), durationMs: Whole }),
})
export const rolloutRolledBack = event({
  type: 'rollout.rolled_back',
  summary: 'A release lost its traffic again and the one before goes on.',
  data: Type.Object({
    ...OfRollout,
    cause: oneOf(['analysis', 'deadline', 'unready', 'aborted', 'superseded']),
    explanation: Type.String(),
    durationMs: Whole,
  }),
})
export const endpointDegraded = event({
  type: 'endpoint.degraded',
  summary: 'An endpoint stopped being healthy.',
  data: Type.Object({ endpoint: Name, health: Type.String(), explanation: Type.String() }),
})
export const endpointRecovered = event({
  type: 'endpoint.recovered',
  summary: 'An endpoint is healthy again.',
  data: Type.Object({ endpoint: Name }),
})
