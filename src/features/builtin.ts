import { fileURLToPath } from 'node:url'
import { AppError, type Problem } from '../kernel/errors.ts'
import { problemsIn } from '../kernel/http/validate.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { featureViewDefinition, JoinWith } from './contract.ts'
import { viewDefinition, type ViewDefinition } from './view.ts'

/** What the platform adds to step.json as `definitions` for a step that uses `features/join`. */
export type JoinDefinitions = {
  /** Grows when equal inputs get another answer than before, so that no cached one is taken for it. */
  program: number
  views: Record<string, ViewDefinition>
}

const program = 1

const refuse = (problems: Problem[]): void => {
  const [first] = problems
  if (first)
    throw new AppError('invalid', `with of features/join: ${first.message}.`, { problems, hint: first.hint })
}

/** The builtin step `features/join`: the program, and what must be resolved when the run is planned. */
export const joinBuiltin = ({ definitions }: Pick<Kernel, 'definitions'>) => ({
  command: [process.execPath, fileURLToPath(new URL('./join/main.ts', import.meta.url))],
  /** The views that `with` names, as they are declared now. They belong to the step's cache key. Throws `invalid` with every problem. */
  prepare: async (project: string, given: unknown): Promise<JoinDefinitions> => {
    refuse(problemsIn(JoinWith, given))
    const views: JoinDefinitions['views'] = {}
    const problems: Problem[] = []
    for (const [place, wanted] of (given as JoinWith).views.entries()) {
      const name = typeof wanted === 'string' ? wanted : wanted.view
      const found = await definitions.get(project, featureViewDefinition, name)
      if (found) views[name] = viewDefinition(name, found.version, found.body)
      else
        problems.push({
          path: `views.${place}`,
          message: `there is no feature view ${name}`,
          hint: 'Declare it under features in esteira.yaml.',
        })
    }
    refuse(problems)
    return { program, views }
  },
})
