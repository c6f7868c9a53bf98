import type { TreeFile } from '../kernel/blobs/tree.ts'
import type { Static } from '../kernel/contract.ts'
import type { Commit } from '../data/contract.ts'
import type { Run } from '../pipelines/contract.ts'
import type { ModelVersion } from '../registry/contract.ts'

/** A release as far as a prediction's history needs it. */
export type ReleaseFacts = {
  release: number
  kind: string
  model: string
  version: number
  files: string
  createdAt: number
  createdBy: { kind: string; id: string; name: string }
}

export type VersionFacts = Pick<
  Static<typeof ModelVersion>,
  'files' | 'baseline' | 'lineage' | 'createdAt' | 'metrics' | 'aliases'
>

/** What monitoring asks of the rooms below it. Each question answers `undefined` for what is not there. */
export type MonitoringDeps = {
  serving: {
    /** The model that an endpoint serves. */
    modelOf(project: string, endpoint: string): Promise<string | undefined>
    /** One release of an endpoint by its number. */
    release(project: string, endpoint: string, release: number): Promise<ReleaseFacts | undefined>
  }
  registry: {
    version(project: string, model: string, version: number): Promise<VersionFacts | undefined>
  }
  pipelines: {
    run(project: string, run: string): Promise<Static<typeof Run> | undefined>
  }
  data: {
    /** The record of a commit by its full id. */
    commitRecord(id: string): Promise<Commit | undefined>
    /** All files below the tree of a commit. */
    files(tree: string): Promise<TreeFile[]>
  }
}
