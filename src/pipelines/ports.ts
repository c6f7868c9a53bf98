import type { Principal } from '../kernel/auth/principal.ts'
import type { Tx } from '../kernel/db/tables.ts'
import type { InputDeclaration, SourcedArtifact } from './contract.ts'
import type { Json } from './plan/plan.ts'

export type Starter = Pick<Principal, 'kind' | 'id' | 'name'>

/** A step that the platform brings as a program: it runs like any command, and finds what it works with in step.json. */
export type ProcessBuiltin = {
  command: readonly string[]
  /** What else the program needs from the platform. It stands in step.json as `definitions` and counts for the cache. */
  prepare?: (project: string, given: Record<string, Json>) => Promise<unknown>
}

export type ActionContext = {
  project: string
  pipeline: string
  run: string
  step: string
  /** The same for every attempt: doing the action twice under one key must have the effect of once. */
  key: string
  /** What the step says under `with` and `parameters`, filled in. */
  with: Record<string, Json>
  inputs: Record<string, SourcedArtifact>
  trackingRun: string | null
  /** Who started the run. */
  startedBy: Starter
  signal: AbortSignal
}

/** A step that a room performs in the server. What it returns is kept, each under its name, as a JSON output. */
export type ActionBuiltin = { perform: (context: ActionContext) => Promise<Record<string, unknown>> }

export type Builtin = ProcessBuiltin | ActionBuiltin

/** A data commit or model version that an input names now. */
export type ResolveInput = (project: string, input: InputDeclaration) => Promise<SourcedArtifact | undefined>

/** What the room needs of others. */
export type PipelinePorts = {
  builtins: Record<string, Builtin>
  /** Undefined when there is none. */
  resolveInput: ResolveInput
  /** The tree of the project's code as of the last apply. */
  code: (project: string) => Promise<string | undefined>
  tracking: {
    /** Idempotent by `pipelineRun`. */
    startRun: (run: {
      project: string
      experiment: string
      name: string
      pipelineRun: string
      tags: Record<string, string>
      actor: Starter
    }) => Promise<{ id: string }>
    finishRun: (
      project: string,
      id: string,
      end: { status: 'FINISHED' | 'FAILED' | 'KILLED'; actor: Starter },
    ) => Promise<unknown>
  }
  tokens: {
    forRun: (step: { project: string; run: string; step: string }) => Promise<string>
    endRun: (tx: Tx, run: string) => Promise<unknown>
  }
  /** Where steps reach this server. */
  address: () => string
  /** Folders that steps with a Python environment find modules in, beside the project's own code. */
  pythonPath?: readonly string[]
  /** Processes that run at once. As many as the machine has processors, and two at least, unless said. */
  slots?: number
}
