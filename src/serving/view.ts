import type { AgentView, DesiredEndpoint, EndpointPage, Release, Rollout, Traffic } from './contract.ts'
import type { FleetReports, HeardAgent } from './fleet/reports.ts'
import { weightsOf } from './rollout/machine.ts'
import { signatureColumns, type Signature } from './signature.ts'
import type { StoredRelease } from './store/release.store.ts'
import type { StoredRollout } from './store/rollout.store.ts'

/** Records as the contract shows them. */
const outcomeOf = ({ status, state }: StoredRollout): string | null => {
  if (status === 'completed') return 'completed'
  return status === 'rolled_back' ? `${state.cause ?? 'ended'}: ${state.explanation ?? ''}` : null
}

export const rolloutView = (rollout: StoredRollout, version: number): Rollout => {
  const { state } = rollout
  return {
    id: rollout.id,
    endpoint: rollout.endpoint,
    release: rollout.release,
    version,
    champion: rollout.champion,
    status: rollout.status,
    outcome: outcomeOf(rollout),
    step: state.step,
    steps: state.plan.steps.map((step, index) => ({ ...step, reachedAt: state.reachedAt[index] ?? null })),
    weight: weightsOf(state).canary,
    analysis: state.analysis,
    startedAt: rollout.startedAt,
    deadlineAt: state.deadlineAt,
    finishedAt: rollout.finishedAt,
  }
}

export const releaseView = (
  release: StoredRelease,
  live: number | null,
  rollout: StoredRollout | undefined,
): Release => ({
  endpoint: release.endpoint,
  release: release.number,
  kind: release.kind,
  model: release.model,
  version: release.version,
  files: release.files,
  signature: release.signature,
  createdAt: release.createdAt,
  createdBy: release.createdBy,
  live: live === release.number,
  outcome: rollout === undefined ? null : outcomeOf(rollout),
})

export const agentView = (
  agent: HeardAgent,
  { isFresh, revision }: { isFresh: boolean; revision: number },
): AgentView => ({
  agent: agent.name,
  address: agent.address,
  fresh: isFresh,
  seenAt: agent.seenAt,
  have: agent.report.have,
  revision,
  memoryBytes: agent.report.memoryBytes,
  spooledBytes: agent.report.spooledBytes,
})

export const agentsOfEndpoint = (
  agents: HeardAgent[],
  { project, name }: { project: string; name: string },
  isFresh: (agent: HeardAgent) => boolean,
): EndpointPage['agents'] =>
  agents.map((agent) => ({
    agent: agent.name,
    address: agent.address,
    fresh: isFresh(agent),
    seenAt: agent.seenAt,
    releases: agent.report.releases
      .filter((word) => word.project === project && word.endpoint === name)
      .map(({ release, phase, error }) => ({ release, phase, ...(error === undefined ? {} : { error }) })),
  }))

export const variantViews = (
  { project, name, variants }: DesiredEndpoint,
  reports: FleetReports,
  now: number,
): EndpointPage['variants'] =>
  variants.map((variant) => ({
    name: variant.name,
    role: variant.role,
    weight: variant.weight,
    release: variant.release,
    version: variant.version,
    traffic: reports.traffic({ project, endpoint: name, release: variant.release }, now),
  }))

/** What the callers of an endpoint meet: all live variants together. The tails are those of the variant with most traffic. */
export const trafficTogether = (variants: EndpointPage['variants'], none: Traffic): Traffic => {
  const live = variants.filter(({ role }) => role === 'live').map(({ traffic }) => traffic)
  const [busiest] = [...live].sort((a, b) => b.predictionsPerSecond - a.predictionsPerSecond)
  if (busiest === undefined) return none
  const sum = (of: (traffic: Traffic) => number): number =>
    live.reduce((total, traffic) => total + of(traffic), 0)
  const predictions = sum(({ predictionsPerSecond }) => predictionsPerSecond)
  const failures = sum(({ errorRate, predictionsPerSecond }) =>
    errorRate === 1 ? 0 : (errorRate * predictionsPerSecond) / (1 - errorRate),
  )
  return {
    ...busiest,
    requestsPerSecond: sum(({ requestsPerSecond }) => requestsPerSecond),
    predictionsPerSecond: predictions,
    errorRate: predictions + failures === 0 ? busiest.errorRate : failures / (predictions + failures),
  }
}

const sampleOf = { FP32: 0, FP64: 0, INT64: 0, BYTES: '', BOOL: false } as const

/** A curl line that can be pasted: every column that the agent does not look up itself, with a value of its type. */
export const exampleOf = (
  address: string,
  { name, eventTime, lookups }: DesiredEndpoint,
  signature: Signature,
): string => {
  const lookedUp = new Set(lookups.flatMap(({ features }) => features))
  const row: Record<string, unknown> = {}
  for (const { name, datatype } of signatureColumns(signature))
    if (!lookedUp.has(name)) row[name] = sampleOf[datatype]
  for (const { entity } of lookups) row[entity] ??= ''
  if (eventTime !== undefined) row[eventTime] ??= new Date(0).toISOString()
  const body = JSON.stringify({ dataframe_records: [row] }).replaceAll("'", String.raw`'\''`)
  return `curl -s ${address}/endpoints/${name}/invocations -H 'content-type: application/json' -d '${body}'`
}
