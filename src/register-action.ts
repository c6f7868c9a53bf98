import { AppError } from './kernel/errors.ts'
import type { Kernel } from './kernel/kernel.ts'
import { pipelineDefinition } from './pipelines/contract.ts'
import type { ActionBuiltin, ActionContext, Lineage } from './pipelines/index.ts'
import { projectDefinition } from './project/contract.ts'
import type { Registry } from './registry/index.ts'

type Deps = {
  registry: Registry
  definitions: Kernel['definitions']
  lineageOf: (project: string, run: string) => Promise<Lineage>
}

const digestOf = ({ inputs }: ActionContext, name: string): string | undefined => inputs[name]?.digest

/** Who wrote what the run is made of: the pipeline's definition and the project's code. A trigger only pressed the button. */
const authorsOf = async (definitions: Kernel['definitions'], { project, pipeline }: Lineage) => {
  const declared = [
    await definitions.at(project, pipelineDefinition, pipeline),
    await definitions.get(project, projectDefinition, project),
  ]
  return declared.flatMap((one) => (one ? [{ kind: 'person' as const, ...one.createdBy }] : []))
}

/** The builtin step `models/register`: brings what the run made to the registry's gate, with everything it was made of. */
export const registerAction = ({ registry, definitions, lineageOf }: Deps): ActionBuiltin => ({
  perform: async (context) => {
    const { model, description } = context.with
    const files = digestOf(context, 'files')
    if (typeof model !== 'string' || files === undefined)
      throw new AppError('invalid', 'models/register needs `model` and `files` under `with`.', {
        hint: "For example with: { model: churn, files: '${{ steps.train.outputs.model }}' }.",
      })
    const lineage = await lineageOf(context.project, context.run)
    const commits = Object.fromEntries(
      Object.entries(lineage.inputs).flatMap(([name, { source }]) =>
        'repository' in source ? [[name, { repository: source.repository, commit: source.commit }]] : [],
      ),
    )
    const [environment] = Object.values(lineage.environments)
    const metrics = digestOf(context, 'metrics')
    const baseline = digestOf(context, 'baseline')
    return registry.register({
      project: context.project,
      run: context.run,
      step: context.step,
      actor: context.startedBy,
      authors: await authorsOf(definitions, lineage),
      commits,
      with: { model, ...(typeof description === 'string' ? { description } : {}) },
      inputs: {
        files,
        ...(metrics === undefined ? {} : { metrics }),
        ...(baseline === undefined ? {} : { baseline }),
      },
      ...(context.trackingRun === null ? {} : { trackingRun: context.trackingRun }),
      ...(lineage.code === null ? {} : { code: lineage.code }),
      ...(environment === undefined ? {} : { environment }),
    })
  },
})
