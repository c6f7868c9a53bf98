import type { Problem } from '../kernel/errors.ts'
import type { Environment, Pipeline } from './contract.ts'
import { compile } from './plan/compile.ts'

type Sections = { pipelines?: Record<string, Pipeline>; environments?: Record<string, Environment> }

/** What of the pipelines in a project file could never run: cycles, references to nothing, wrong commands. For `plan` and `apply`. */
export const checkPipelines =
  (builtins: readonly string[]) =>
  (file: { [section: string]: unknown }): Problem[] => {
    const { pipelines = {}, environments = {} } = file as Sections
    const known = { builtins, environments: Object.keys(environments) }
    return Object.entries(pipelines).flatMap(([name, pipeline]) =>
      compile(pipeline, known).problems.map((problem) => ({
        ...problem,
        path: `pipelines.${name}.${problem.path}`,
      })),
    )
  }
