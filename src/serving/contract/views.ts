import { Actor, Digest, Millis, Name, Type, type Static } from '../../kernel/contract.ts'
import { Whole, oneOf, orNull } from './schema.ts'
import { DesiredLookup, ReleasePhase, Signature } from './sync.ts'

export const Release = Type.Object({
  endpoint: Name,
  release: Whole,
  kind: oneOf(['release', 'rollback']),
  model: Name,
  version: Whole,
  files: Digest,
  signature: Signature,
  createdAt: Millis,
  createdBy: Actor,
  live: Type.Boolean(),
  outcome: orNull(Type.String(), {
    description: 'How its rollout ended; null while it runs.',
  }),
})
export type Release = Static<typeof Release>

const Verdict = oneOf(['pass', 'fail', 'inconclusive'])
const AnalysisCheck = Type.Object({
  name: oneOf(['errorRate', 'latencyP95Ms', 'predictionShift']),
  verdict: Verdict,
  value: orNull(Type.Number()),
  limit: Type.Number(),
  explanation: Type.String(),
})
export const Analysis = Type.Object({
  verdict: Verdict,
  predictions: Whole,
  needed: Whole,
  checks: Type.Array(AnalysisCheck),
})
export type Analysis = Static<typeof Analysis>

const RolloutStatus = oneOf(['preparing', 'running', 'paused', 'completed', 'rolled_back'])
export const Rollout = Type.Object({
  id: Type.String(),
  endpoint: Name,
  release: Whole,
  version: Whole,
  champion: orNull(Whole, {
    description: 'The release that goes on if this one goes back.',
  }),
  status: RolloutStatus,
  outcome: orNull(Type.String(), { description: 'Why it ended as it did.' }),
  step: Type.Integer({ minimum: -1, description: '-1 while the agents load the model.' }),
  steps: Type.Array(
    Type.Object({
      weight: Whole,
      minRequests: Whole,
      bakeMs: Whole,
      reachedAt: orNull(Millis),
    }),
  ),
  weight: Whole,
  analysis: orNull(Analysis),
  startedAt: Millis,
  deadlineAt: Millis,
  finishedAt: orNull(Millis),
})
export type Rollout = Static<typeof Rollout>

const Health = oneOf(['waiting', 'healthy', 'degraded', 'down'], {
  description:
    'waiting: nothing released yet; degraded: some agent or variant fails; down: no agent answers.',
})
export const Traffic = Type.Object({
  requestsPerSecond: Type.Number(),
  predictionsPerSecond: Type.Number(),
  errorRate: Type.Number(),
  latencyP50Ms: orNull(Type.Number()),
  latencyP95Ms: orNull(Type.Number()),
  meanPrediction: orNull(Type.Number()),
  overMs: Whole,
})
export type Traffic = Static<typeof Traffic>

export const EndpointSummary = Type.Object({
  name: Name,
  description: Type.Optional(Type.String()),
  model: Name,
  health: Health,
  reason: orNull(Type.String()),
  release: orNull(Whole),
  version: orNull(Whole),
  rollout: orNull(Type.Object({ id: Type.String(), version: Whole, status: RolloutStatus, weight: Whole })),
  traffic: Traffic,
})
export type EndpointSummary = Static<typeof EndpointSummary>

const AgentOfEndpoint = Type.Object({
  agent: Type.String(),
  address: Type.String(),
  fresh: Type.Boolean(),
  seenAt: Millis,
  releases: Type.Array(
    Type.Object({ release: Whole, phase: ReleasePhase, error: Type.Optional(Type.String()) }),
  ),
})
export const EndpointPage = Type.Composite([
  EndpointSummary,
  Type.Object({
    variants: Type.Array(
      Type.Object({
        name: Type.String(),
        role: Type.String(),
        weight: Whole,
        release: Whole,
        version: Whole,
        traffic: Traffic,
      }),
    ),
    current: orNull(Rollout, { description: 'The running rollout, else the last one.' }),
    agents: Type.Array(AgentOfEndpoint),
    signature: orNull(Signature),
    lookups: Type.Array(DesiredLookup),
    address: orNull(Type.String(), { description: 'Where to send predictions.' }),
    example: orNull(Type.String(), { description: 'A curl line that works as it is.' }),
  }),
])
export type EndpointPage = Static<typeof EndpointPage>

export const AgentView = Type.Object({
  agent: Type.String(),
  address: Type.String(),
  fresh: Type.Boolean(),
  seenAt: Millis,
  have: Whole,
  revision: Whole,
  memoryBytes: Whole,
  spooledBytes: Whole,
})
export type AgentView = Static<typeof AgentView>
