import type { Problem } from '../kernel/errors.ts'
import { problemsIn } from '../kernel/http/validate.ts'
import { type FeatureViewBody, JoinWith } from './contract.ts'
import { viewProblems } from './view.ts'

type Section<T> = Record<string, T>
type Step = { uses?: string; inputs?: Section<string>; with?: unknown }
type Pipeline = { inputs?: Section<{ repository?: string }>; steps?: Section<Step> }
type Sections = { features?: Section<FeatureViewBody>; pipelines?: Section<Pipeline> }

/** The repository that a step's input comes from, when it is an input of the pipeline itself. */
const repositoryOf = (pipeline: Pipeline, reference: string): string | undefined => {
  const [, input] = /^\$\{\{\s*inputs\.([\w-]+)\s*\}\}$/.exec(reference) ?? []
  return input === undefined ? undefined : pipeline.inputs?.[input]?.repository
}

type Joined = { step: Step; pipeline: Pipeline; views: Section<FeatureViewBody>; path: string }

const viewProblem = (
  wanted: JoinWith['views'][number],
  { step, pipeline, views, path }: Joined,
): Problem[] => {
  const { view: name, input } = typeof wanted === 'string' ? { view: wanted } : wanted
  const inputs = step.inputs ?? {}
  const view = views[name]
  if (!view)
    return [
      {
        path,
        message: `there is no feature view ${name}`,
        hint: `Declared are ${Object.keys(views).join(', ') || 'none'}.`,
      },
    ]
  if (input !== undefined)
    return input in inputs
      ? []
      : [{ path, message: `the step has no input ${input}`, hint: 'Add it to inputs.' }]
  const holding = Object.values(inputs).filter(
    (reference) => repositoryOf(pipeline, reference) === view.repository,
  )
  if (holding.length === 1) return []
  return [
    {
      path,
      message: `feature view ${name} reads repository ${view.repository}, which ${holding.length === 0 ? 'no input' : 'more than one input'} of the step holds`,
      hint: `Add an input of repository ${view.repository}, or say which: { view: ${name}, input: … }.`,
    },
  ]
}

const joinProblems = (joined: Joined): Problem[] => {
  const { step, path } = joined
  const shape = problemsIn(JoinWith, step.with ?? {})
  if (shape.length > 0)
    return shape.map((problem) => ({ ...problem, path: [path, problem.path].filter(Boolean).join('.') }))
  const given = step.with as JoinWith
  const spine: Problem[] =
    given.spine.input in (step.inputs ?? {})
      ? []
      : [
          {
            path: `${path}.spine.input`,
            message: `the step has no input ${given.spine.input}`,
            hint: 'Add it to inputs.',
          },
        ]
  return [
    ...spine,
    ...given.views.flatMap((wanted, place) =>
      viewProblem(wanted, { ...joined, path: `${path}.views.${place}` }),
    ),
  ]
}

/** What cannot work in the feature views of a project file and in the steps that join them, beyond the schema. */
export const checkFeatures = (file: { [section: string]: unknown }): Problem[] => {
  const sections = file as Sections
  const views = sections.features ?? {}
  const ofViews = Object.entries(views).flatMap(([name, body]) =>
    viewProblems(body).map((message) => ({ path: `features.${name}`, message })),
  )
  const ofSteps = Object.entries(sections.pipelines ?? {}).flatMap(([name, pipeline]) =>
    Object.entries(pipeline.steps ?? {}).flatMap(([stepName, step]) =>
      step.uses === 'features/join'
        ? joinProblems({ step, pipeline, views, path: `pipelines.${name}.steps.${stepName}.with` })
        : [],
    ),
  )
  return [...ofViews, ...ofSteps]
}
