import type { Kernel } from '../kernel/kernel.ts'
import type { PipelinePorts } from './ports.ts'
import { setTrackingRun, type RunRecord } from './run.store.ts'

export type Track = (record: RunRecord) => Promise<string>

/** The tracking run of a pipeline run, made once: asked again, also after a crash between the two, it is the same. */
export const trackingRunOf =
  ({ kernel, ports }: { kernel: Kernel; ports: PipelinePorts }): Track =>
  async (record) => {
    const { id } = await ports.tracking.startRun({
      project: record.project,
      experiment: record.pipeline,
      name: record.label ?? record.id,
      pipelineRun: record.id,
      tags: { 'esteira.pipeline': record.pipeline, 'esteira.pipelineRun': record.id },
      actor: record.startedBy,
    })
    await kernel.write((tx) => setTrackingRun(tx, record.id, id))
    return id
  }
