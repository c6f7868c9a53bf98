import type { TreeFile } from '../kernel/blobs/tree.ts'
import type { Static } from '../kernel/contract.ts'
import type { Definitions } from '../kernel/definitions/definitions.ts'
import { isAppError } from '../kernel/errors.ts'
import type { Commit } from '../data/contract.ts'
import type { Run } from '../pipelines/contract.ts'
import type { ModelVersion } from '../registry/contract.ts'
import { endpointDefinition, type Release } from '../serving/contract.ts'

/** A release as far as a prediction's history needs it. */
export type ReleaseFacts = Pick<
  Static<typeof Release>,
  'release' | 'kind' | 'model' | 'version' | 'files' | 'createdAt' | 'createdBy'
>

export type VersionFacts = Pick<
  Static<typeof ModelVersion>,
  'files' | 'baseline' | 'lineage' | 'createdAt' | 'metrics' | 'aliases'
>

/** What monitoring asks of the rooms below it. */
export type MonitoringDeps = {
  serving: {
    /** The latest release of a version on an endpoint; undefined when it was never released there. */
    releaseOf(project: string, endpoint: string, version: number): Promise<ReleaseFacts | undefined>
  }
  registry: {
    /** Throws `not_found`. */
    version(project: string, model: string, version: number): Promise<VersionFacts>
  }
  pipelines: {
    /** Throws `not_found`. */
    run(project: string, run: string): Promise<Static<typeof Run>>
  }
  data: {
    /** The record of a commit by its full id. */
    commitRecord(id: string): Promise<Commit | undefined>
    /** All files below the tree of a commit. */
    files(tree: string): Promise<TreeFile[]>
  }
}

/** The answer, or undefined where a room says that there is no such thing. Any other error is thrown on. */
export const ifFound = async <T>(asked: Promise<T>): Promise<T | undefined> => {
  try {
    return await asked
  } catch (error) {
    if (isAppError(error) && error.code === 'not_found') return undefined
    throw error
  }
}

/** The model that an endpoint serves, as it is declared now. */
export const modelOf = async (
  definitions: Definitions,
  of: { project: string; endpoint: string },
): Promise<string | undefined> =>
  (await definitions.get(of.project, endpointDefinition, of.endpoint))?.body.model
