import type { InputDeclaration, OutputKind, ParameterDeclaration } from '../definitions.contract.ts'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Where a task's input comes from. */
export type ArtifactReference =
  | { from: 'input'; input: string }
  | { from: 'task'; task: string; output: string }

/** What a task runs. Text in argv and env may hold `${{ parameters.x }}`. */
export type Component =
  | { kind: 'command'; argv: string[]; environment: string | null; env: Record<string, string> }
  | { kind: 'builtin'; uses: string; environment: string | null; env: Record<string, string> }

/** When a task may begin: the trigger policy of the KFP specification. */
export type Trigger = 'upstream succeeded' | 'upstream ended'

export type RetryPolicy = { attempts: number; delayMs: number; factor: number; maxDelayMs: number }

export type Task = {
  name: string
  component: Component
  inputs: Record<string, ArtifactReference>
  /** Values; text in them may hold `${{ parameters.x }}`. */
  parameters: Record<string, Json>
  outputs: Record<string, OutputKind>
  needs: string[]
  trigger: Trigger
  retry: RetryPolicy
  timeoutMs: number
  cache: boolean
}

/**
 * A compiled pipeline. Its concepts stand one to one beside those of the KFP specification: task, component, parameter,
 * artifact, trigger policy, retry policy, caching options. Tasks stand in an order in which they may run.
 */
export type Plan = {
  parameters: Record<string, ParameterDeclaration>
  inputs: Record<string, InputDeclaration>
  tasks: Task[]
}
