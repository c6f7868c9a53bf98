import { Digest, Name, Type, event } from '../kernel/contract.ts'
import { Artifact, RunStatus, SourcedArtifact, StepError, StepStatus, nullable } from './run.contract.ts'

const runSubject = {
  pipeline: Name,
  run: Type.String(),
}
const stepSubject = { ...runSubject, step: Type.String() }

export const runStarted = event({
  type: 'pipeline.run.started',
  summary: 'A pipeline run has begun; its inputs are pinned.',
  data: Type.Object({
    ...runSubject,
    pipelineVersion: Type.Integer(),
    label: nullable(Type.String()),
    reproduces: nullable(Type.String()),
    inputs: Type.Record(Type.String(), SourcedArtifact),
    code: nullable(Digest),
  }),
})
export const stepStarted = event({
  type: 'pipeline.step.started',
  summary: 'An attempt of a step has begun.',
  data: Type.Object({ ...stepSubject, attempt: Type.Integer() }),
})
export const stepFinished = event({
  type: 'pipeline.step.finished',
  summary: 'A step has ended: succeeded, cached, failed, skipped or cancelled.',
  data: Type.Object({
    ...stepSubject,
    attempt: Type.Integer(),
    status: StepStatus,
    outputs: Type.Record(Type.String(), Artifact),
    error: nullable(StepError),
  }),
})
export const stepRetried = event({
  type: 'pipeline.step.retried',
  summary: 'An attempt of a step failed or was lost, and another will follow.',
  data: Type.Object({ ...stepSubject, attempt: Type.Integer(), error: StepError }),
})
export const runFinished = event({
  type: 'pipeline.run.finished',
  summary: 'A pipeline run has ended.',
  data: Type.Object({
    ...runSubject,
    status: RunStatus,
    failedSteps: Type.Array(Type.String()),
    wallMs: Type.Integer(),
  }),
})
export const runCancelled = event({
  type: 'pipeline.run.cancelled',
  summary: 'Somebody asked for a run to stop.',
  data: Type.Object(runSubject),
})
export const runRetried = event({
  type: 'pipeline.run.retried',
  summary: 'Somebody asked for the failed steps of a run to run again.',
  data: Type.Object({ ...runSubject, steps: Type.Array(Type.String()) }),
})
