import type { AgentReport, Figures, ReleaseReport, Traffic } from '../contract.ts'
import { errorRate, later, latencyQuantile, meanPrediction, minus, noFigures, plus } from '../figures.ts'
import type { Readiness } from '../rollout/machine.ts'
import type { StoredAgent, StoredFigures } from '../store/fleet.store.ts'

/** An agent polls without a pause: one that said nothing for this long is gone, unless a poll of it is open. */
const freshMs = 10_000
/** Tries after which a release counts as failed on an agent, and not as still loading. */
const patience = 3
const trafficMs = 30_000

export type ReleaseKey = { project: string; endpoint: string; release: number }
export type HeardAgent = StoredAgent & { openPolls: number }
type Sample = { at: number; figures: Figures }

const textOf = ({ project, endpoint, release }: ReleaseKey): string => `${project}/${endpoint}/${release}`

const isOf = (key: ReleaseKey) => (report: ReleaseReport) =>
  report.project === key.project && report.endpoint === key.endpoint && report.release === key.release

const withoutFigures = ({
  project,
  endpoint,
  release,
  phase,
  attempts,
  error,
}: ReleaseReport): ReleaseReport => ({
  project,
  endpoint,
  release,
  phase,
  attempts,
  ...(error === undefined ? {} : { error }),
})

const storedAgent = ({ name, address, incarnation, report, seenAt }: HeardAgent): StoredAgent => ({
  name,
  address,
  incarnation,
  report,
  seenAt,
})

/** What the agents have said, in memory: latest word of each, and sums per release over all agents and all their lives. */
export class FleetReports {
  readonly #agents = new Map<string, HeardAgent>()
  /** By release, then by agent and incarnation: each reports a sum that only grows. */
  readonly #figures = new Map<string, Map<string, StoredFigures>>()
  readonly #samples = new Map<string, Sample[]>()
  readonly #changedFigures = new Set<StoredFigures>()
  readonly #changedAgents = new Set<string>()

  /** Takes in what was stored. An agent that was faster than the start is believed more. */
  restore(agents: StoredAgent[], figures: StoredFigures[]): void {
    for (const agent of agents)
      if (!this.#agents.has(agent.name)) this.#agents.set(agent.name, { ...agent, openPolls: 0 })
    for (const sum of figures) {
      const sums = this.#sumsOf(sum)
      const life = `${sum.agent}/${sum.incarnation}`
      const known = sums.get(life)
      if (known === undefined || later(known.figures, sum.figures) === sum.figures) sums.set(life, sum)
    }
  }

  #sumsOf(key: ReleaseKey): Map<string, StoredFigures> {
    const text = textOf(key)
    const known = this.#figures.get(text) ?? new Map<string, StoredFigures>()
    this.#figures.set(text, known)
    return known
  }

  /** Takes one report. Repeated, late and reordered ones change nothing. */
  hear(name: string, report: AgentReport, at: number): void {
    const before = this.#agents.get(name)
    const isOld = before?.incarnation === report.incarnation && before.report.sequence > report.sequence
    for (const release of report.releases) this.#count(name, report.incarnation, { release, at })
    if (isOld) return
    const { address, incarnation } = report
    // The sums are kept by release; the stored word of an agent does not repeat them.
    const releases = report.releases.map(withoutFigures)
    const openPolls = before?.openPolls ?? 0
    this.#agents.set(name, {
      name,
      address,
      incarnation,
      report: { ...report, releases },
      seenAt: at,
      openPolls,
    })
    this.#changedAgents.add(name)
  }

  #count(agent: string, incarnation: string, { release, at }: { release: ReleaseReport; at: number }): void {
    const { figures } = release
    if (figures === undefined) return
    const sums = this.#sumsOf(release)
    const key = `${agent}/${incarnation}`
    const known = sums.get(key)
    if (known !== undefined && later(known.figures, figures) === known.figures) return
    const { project, endpoint } = release
    const stored = { agent, incarnation, project, endpoint, release: release.release, figures, updatedAt: at }
    sums.set(key, stored)
    if (known) this.#changedFigures.delete(known)
    this.#changedFigures.add(stored)
  }

  /** A poll that is open shows that its agent lives. Returns how to say that it ended. */
  polling(name: string, now: () => number): () => void {
    const change = (by: number): void => {
      const agent = this.#agents.get(name)
      if (agent) this.#agents.set(name, { ...agent, openPolls: agent.openPolls + by, seenAt: now() })
    }
    change(1)
    return () => change(-1)
  }

  agents(): HeardAgent[] {
    return [...this.#agents.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  isFresh({ openPolls, seenAt }: HeardAgent, now: number): boolean {
    return openPolls > 0 || now - seenAt < freshMs
  }

  fresh(now: number): HeardAgent[] {
    return this.agents().filter((agent) => this.isFresh(agent, now))
  }

  totals(key: ReleaseKey): Figures {
    const sums = this.#figures.get(textOf(key))
    return [...(sums?.values() ?? [])].reduce((sum, { figures }) => plus(sum, figures), noFigures())
  }

  /** Whether all agents that live have a release in use. Without any agent it is still loading: nobody has proved it. */
  readiness(key: ReleaseKey, now: number): { readiness: Readiness; why?: string } {
    const words = this.fresh(now).map(({ name, report }) => ({ name, of: report.releases.find(isOf(key)) }))
    if (words.length === 0) return { readiness: 'loading' }
    if (words.every(({ of }) => of?.phase === 'ready')) return { readiness: 'ready' }
    const failed = words.filter(({ of }) => of?.phase === 'failed' && of.attempts >= patience)
    if (failed.length < words.length) return { readiness: 'loading' }
    return {
      readiness: 'failed',
      why: failed.map(({ name, of }) => `${name}: ${of?.error ?? 'unknown'}`).join('; '),
    }
  }

  /** Notes the sums of now, to tell later what happened since. */
  sample(now: number): void {
    for (const [key, sums] of this.#figures) {
      const figures = [...sums.values()].reduce((sum, stored) => plus(sum, stored.figures), noFigures())
      const samples = this.#samples.get(key) ?? []
      samples.push({ at: now, figures })
      // One older than the window is kept, as its start.
      while ((samples[1]?.at ?? now) <= now - trafficMs) samples.shift()
      this.#samples.set(key, samples)
    }
  }

  traffic(key: ReleaseKey, now: number): Traffic {
    const first = this.#samples.get(textOf(key))?.[0]
    const overMs = first === undefined ? 0 : Math.max(0, now - first.at)
    const during = first === undefined ? noFigures() : minus(this.totals(key), first.figures)
    const perSecond = (amount: number): number => (overMs === 0 ? 0 : (amount * 1000) / overMs)
    return {
      requestsPerSecond: perSecond(during.requests),
      predictionsPerSecond: perSecond(during.predictions),
      errorRate: errorRate(during),
      latencyP50Ms: latencyQuantile(during, 0.5),
      latencyP95Ms: latencyQuantile(during, 0.95),
      meanPrediction: meanPrediction(during),
      overMs,
    }
  }

  /** What is to be stored since the last time. */
  takeChanges(): { agents: StoredAgent[]; figures: StoredFigures[] } {
    const agents = [...this.#changedAgents].flatMap((name) => this.#agents.get(name) ?? [])
    const figures = [...this.#changedFigures]
    this.#changedAgents.clear()
    this.#changedFigures.clear()
    return { agents: agents.map(storedAgent), figures }
  }
}
