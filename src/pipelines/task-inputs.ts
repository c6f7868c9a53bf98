import type { SourcedArtifact } from './contract.ts'
import type { StepState } from './machine/state.ts'
import { fill } from './plan/expression.ts'
import type { Json, Task } from './plan/plan.ts'
import type { RunRecord } from './run.store.ts'

/** What a task is given: pins of the run and outputs of earlier steps. What is absent (an optional input, a step that failed) is missing. */
export const inputsOf = (
  record: Pick<RunRecord, 'inputs'>,
  task: Task,
  steps: Readonly<Record<string, Pick<StepState, 'outputs'>>>,
): Record<string, SourcedArtifact> => {
  const found: Record<string, SourcedArtifact> = {}
  for (const [name, reference] of Object.entries(task.inputs)) {
    if (reference.from === 'input') {
      const pin = record.inputs[reference.input]
      if (pin) found[name] = pin
    } else {
      const output = steps[reference.task]?.outputs[reference.output]
      if (output) found[name] = { ...output, source: { step: reference.task, output: reference.output } }
    }
  }
  return found
}

export const parametersOf = (record: Pick<RunRecord, 'parameters'>, task: Task): Record<string, Json> =>
  Object.fromEntries(
    Object.entries(task.parameters).map(([name, value]) => [name, fill(value, record.parameters)]),
  )
