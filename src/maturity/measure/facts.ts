/** What a report knows beside the ledger: what the project file now says, and how well runs were tracked. */
export type Facts = {
  triggers: readonly { name: string; pipeline: string; monitor: string | null }[]
  monitors: readonly { name: string; endpoint: string }[]
  endpoints: readonly { name: string; model: string; lookups: readonly string[] }[]
  pipelines: readonly {
    name: string
    /** What its steps run, as written. */
    commands: readonly string[]
    /** Feature views that it joins. */
    views: readonly string[]
    /** Repositories that it reads. */
    repositories: readonly string[]
    /** Models that it registers. */
    models: readonly string[]
  }[]
  /** Tracked runs by id: how many parameters and metrics each has. */
  trackedRuns: ReadonlyMap<string, { params: number; metrics: number }>
}

export const noFacts: Facts = {
  triggers: [],
  monitors: [],
  endpoints: [],
  pipelines: [],
  trackedRuns: new Map(),
}
