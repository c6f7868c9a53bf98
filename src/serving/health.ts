import type { Traffic } from './contract.ts'
import type { HeardAgent } from './fleet/reports.ts'

type Health = 'waiting' | 'healthy' | 'degraded' | 'down'
export type Judged = { health: Health; reason: string | null }

/** Below this many predictions per look an error rate says nothing. */
const leastPredictions = 20

type Seen = {
  endpoint: { project: string; name: string }
  /** Release that should answer now; null before the first. */
  release: number | null
  agents: HeardAgent[]
  traffic: Traffic
  errorLimit: number
}

const wordOf = (agent: HeardAgent, { endpoint, release }: Seen) =>
  agent.report.releases.find(
    (word) =>
      word.project === endpoint.project && word.endpoint === endpoint.name && word.release === release,
  )

/** How an endpoint is, from what its agents say. `agents` are those that live. */
export const judgeHealth = (seen: Seen): Judged => {
  const { release, agents, traffic, errorLimit } = seen
  if (release === null) return { health: 'waiting', reason: 'Nothing is released yet.' }
  if (agents.length === 0) return { health: 'down', reason: 'No agent answers.' }
  const behind = agents.filter((agent) => wordOf(agent, seen)?.phase !== 'ready')
  const failing = behind.map((agent) => wordOf(agent, seen)?.error).find((error) => error !== undefined)
  const why = failing === undefined ? 'still loading it' : failing
  if (behind.length === agents.length)
    return { health: 'down', reason: `No agent has release ${release} ready: ${why}.` }
  if (behind.length > 0)
    return {
      health: 'degraded',
      reason: `${behind.length} of ${agents.length} agents do not have release ${release} ready: ${why}.`,
    }
  const predictions = (traffic.predictionsPerSecond * traffic.overMs) / 1000
  if (predictions >= leastPredictions && traffic.errorRate > errorLimit)
    return {
      health: 'degraded',
      reason: `${(traffic.errorRate * 100).toFixed(1)} % of the predictions fail.`,
    }
  return { health: 'healthy', reason: null }
}
