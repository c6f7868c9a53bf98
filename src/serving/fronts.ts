import type { Principal } from '../kernel/auth/principal.ts'

/** What serving asks of the registry. */
export type RegistryFront = {
  version: (
    project: string,
    model: string,
    version: number,
  ) => Promise<{ files: string | null; approval: { state: string } }>
  setAlias: (
    moved: { project: string; model: string; alias: string; version: number },
    actor: Pick<Principal, 'kind' | 'id' | 'name'>,
  ) => Promise<unknown>
}

/** What serving asks of the feature store. */
export type FeaturesFront = {
  snapshot: (
    project: string,
    view: string,
  ) => Promise<
    { view: string; entity: string; features: string[]; digest: string; ttlMs?: number } | undefined
  >
}
