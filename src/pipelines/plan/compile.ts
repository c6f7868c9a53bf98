import { parseDuration } from '../../kernel/duration.ts'
import type { Problem } from '../../kernel/errors.ts'
import type { Pipeline, StepDeclaration } from '../definitions.contract.ts'
import { splitCommandLine } from './command-line.ts'
import { expressionsIn, expressionsWithin, onlyReference, type Reference } from './expression.ts'
import { cycles, ordered } from './graph.ts'
import { didYouMean } from './did-you-mean.ts'
import { parameterProblem } from './parameters.ts'
import { type ArtifactReference, type Component, type Json, type Plan, type Task } from './plan.ts'

/** What a pipeline may name beside its own parts. */
export type Known = { environments: readonly string[]; builtins: readonly string[] }

export type Compiled = { plan: Plan; problems: [] } | { plan: undefined; problems: Problem[] }

type Context = { pipeline: Pipeline; known: Known; problems: Problem[] }

const dayMs = 86_400_000

const artifactProblem = (
  pipeline: Pipeline,
  reference: ArtifactReference,
): Omit<Problem, 'path'> | undefined => {
  if (reference.from === 'input') {
    const inputs = Object.keys(pipeline.inputs ?? {})
    if (inputs.includes(reference.input)) return undefined
    return { message: `There is no input ${reference.input}.`, hint: didYouMean(reference.input, inputs) }
  }
  const step = Object.hasOwn(pipeline.steps, reference.task) ? pipeline.steps[reference.task] : undefined
  if (!step)
    return {
      message: `There is no step ${reference.task}.`,
      hint: didYouMean(reference.task, Object.keys(pipeline.steps)),
    }
  const outputs = Object.keys(step.outputs ?? {})
  if (outputs.includes(reference.output)) return undefined
  return {
    message: `Step ${reference.task} has no output ${reference.output}.`,
    hint: didYouMean(reference.output, outputs),
  }
}

/** Reports every expression of a value that is not a known parameter. */
const checkParameters = (context: Context, value: Json, path: string) => {
  const known = Object.keys(context.pipeline.parameters ?? {})
  for (const { text, reference, path: at } of expressionsWithin(value, path)) {
    if (reference === undefined)
      context.problems.push({
        path: at,
        message: `${text} is not understood.`,
        hint: 'Write ${{ parameters.x }}, ${{ inputs.x }} or ${{ steps.s.outputs.o }}.',
      })
    else if (reference.from !== 'parameter')
      context.problems.push({
        path: at,
        message: `${text} is a file or folder, and only parameters can stand here.`,
        hint: 'Name it under `inputs` of the step; the process finds its path in the file that ESTEIRA_STEP names.',
      })
    else if (!known.includes(reference.parameter))
      context.problems.push({
        path: at,
        message: `There is no parameter ${reference.parameter}.`,
        hint: didYouMean(reference.parameter, known),
      })
  }
}

const inputOf = (context: Context, text: string, path: string): ArtifactReference | undefined => {
  const reference: Reference | undefined = onlyReference(text)
  if (reference === undefined || reference.from === 'parameter') {
    context.problems.push({
      path,
      message: `${JSON.stringify(text)} is not an input.`,
      hint: 'Write ${{ inputs.x }} or ${{ steps.s.outputs.o }}.',
    })
    return undefined
  }
  const problem = artifactProblem(context.pipeline, reference)
  if (problem) context.problems.push({ path, ...problem })
  return reference
}

const isArtifact = (value: unknown): value is string =>
  typeof value === 'string' &&
  expressionsIn(value).some(({ reference }) => reference && reference.from !== 'parameter')

type Arguments = Pick<Task, 'inputs' | 'parameters'>

/** `with` of a builtin holds both sorts: a reference to an artifact becomes an input, everything else a parameter. */
const argumentsOf = (context: Context, step: StepDeclaration, path: string): Arguments => {
  const inputs: Arguments['inputs'] = {}
  const parameters: Arguments['parameters'] = {}
  const addInput = (name: string, text: string, at: string) => {
    const reference = inputOf(context, text, at)
    if (reference) inputs[name] = reference
  }
  const addParameter = (name: string, value: unknown, at: string) => {
    parameters[name] = value as Json
    checkParameters(context, value as Json, at)
  }
  for (const [name, text] of Object.entries(step.inputs ?? {})) addInput(name, text, `${path}.inputs.${name}`)
  for (const [name, value] of Object.entries(step.parameters ?? {}))
    addParameter(name, value, `${path}.parameters.${name}`)
  for (const [name, value] of Object.entries(step.with ?? {})) {
    if (isArtifact(value)) addInput(name, value, `${path}.with.${name}`)
    else addParameter(name, value, `${path}.with.${name}`)
  }
  return { inputs, parameters }
}

const environmentOf = (context: Context, name: string | undefined, path: string): string | null => {
  if (name === undefined) return null
  const { environments } = context.known
  if (!environments.includes(name))
    context.problems.push({
      path,
      message: `There is no environment ${name}.`,
      hint: didYouMean(name, environments),
    })
  return name
}

const argvOf = (context: Context, run: string | string[], path: string): string[] => {
  const words = typeof run === 'string' ? splitCommandLine(run) : { argv: run }
  if (words.argv === undefined) {
    context.problems.push({ path, message: words.problem })
    return []
  }
  checkParameters(context, words.argv, path)
  return words.argv
}

const componentOf = (context: Context, step: StepDeclaration, path: string): Component | undefined => {
  const env = step.env ?? {}
  checkParameters(context, env, `${path}.env`)
  const own = environmentOf(context, step.environment, `${path}.environment`)
  if (step.run !== undefined && step.uses === undefined) {
    if (step.with !== undefined)
      context.problems.push({
        path: `${path}.with`,
        message: '`with` belongs to `uses`.',
        hint: 'Use `parameters` and `inputs`.',
      })
    return {
      kind: 'command',
      argv: argvOf(context, step.run, `${path}.run`),
      environment: own ?? context.pipeline.environment ?? null,
      env,
    }
  }
  if (step.uses !== undefined && step.run === undefined) {
    const { builtins } = context.known
    if (!builtins.includes(step.uses))
      context.problems.push({
        path: `${path}.uses`,
        message: `The platform brings no step ${step.uses}.`,
        hint: didYouMean(step.uses, builtins),
      })
    return { kind: 'builtin', uses: step.uses, environment: own, env }
  }
  context.problems.push({ path, message: 'A step has either `run` or `uses`.' })
  return undefined
}

const needsOf = (
  context: Context,
  step: StepDeclaration,
  found: { inputs: Task['inputs']; path: string },
): string[] => {
  const steps = Object.keys(context.pipeline.steps)
  const after = step.after ?? []
  for (const [index, name] of after.entries())
    if (!steps.includes(name))
      context.problems.push({
        path: `${found.path}.after.${index}`,
        message: `There is no step ${name}.`,
        hint: didYouMean(name, steps),
      })
  const referred = Object.values(found.inputs).flatMap((reference) =>
    reference.from === 'task' ? [reference.task] : [],
  )
  return [...new Set([...referred, ...after])].filter((name) => steps.includes(name))
}

const taskOf = (context: Context, name: string, step: StepDeclaration): Task | undefined => {
  const path = `steps.${name}`
  const component = componentOf(context, step, path)
  const given = argumentsOf(context, step, path)
  const needs = needsOf(context, step, { inputs: given.inputs, path })
  if (!component) return undefined
  const outputs = step.outputs ?? {}
  const { attempts = 1, delay = '1s', factor = 2, maxDelay = '1h' } = step.retry ?? {}
  return {
    name,
    component,
    ...given,
    outputs,
    needs,
    trigger: step.always === true ? 'upstream ended' : 'upstream succeeded',
    retry: { attempts, delayMs: parseDuration(delay) ?? 0, factor, maxDelayMs: parseDuration(maxDelay) ?? 0 },
    timeoutMs: parseDuration(step.timeout ?? '1d') ?? dayMs,
    cache: step.cache ?? Object.keys(outputs).length > 0,
  }
}

const checkInputs = ({ pipeline, problems }: Context) => {
  for (const [name, input] of Object.entries(pipeline.inputs ?? {})) {
    const path = `inputs.${name}`
    if ((input.repository === undefined) === (input.model === undefined))
      problems.push({ path, message: 'An input is either a `repository` or a `model`.' })
    if (input.model !== undefined && (input.alias === undefined) === (input.version === undefined))
      problems.push({ path, message: 'A model input needs an `alias` or a `version`, and not both.' })
    if (input.model !== undefined && input.ref !== undefined)
      problems.push({
        path: `${path}.ref`,
        message: '`ref` belongs to a repository.',
        hint: 'Use `alias` or `version`.',
      })
  }
}

const checkDeclarations = ({ pipeline, problems }: Context) => {
  for (const [name, declared] of Object.entries(pipeline.parameters ?? {})) {
    if (declared.default === undefined) continue
    const message = parameterProblem(name, declared, declared.default)
    if (message !== undefined) problems.push({ path: `parameters.${name}.default`, message })
  }
  if (Object.keys(pipeline.steps).length === 0)
    problems.push({ path: 'steps', message: 'A pipeline needs a step.' })
}

/** Compiles what is declared into a plan, or tells all that is wrong with it at once; paths begin inside the pipeline. */
export const compile = (pipeline: Pipeline, known: Known): Compiled => {
  const context: Context = { pipeline, known, problems: [] }
  checkDeclarations(context)
  checkInputs(context)
  environmentOf(context, pipeline.environment, 'environment')
  const tasks = new Map<string, Task>()
  for (const [name, step] of Object.entries(pipeline.steps)) {
    const task = taskOf(context, name, step)
    if (task) tasks.set(name, task)
  }
  const needs = new Map([...tasks].map(([name, task]) => [name, task.needs]))
  for (const cycle of cycles(needs))
    context.problems.push({
      path: `steps.${cycle[0]}`,
      message: `Steps wait for each other in a circle: ${cycle.join(' → ')}.`,
      hint: 'Each arrow reads «needs»; remove one of these references.',
    })
  if (context.problems.length > 0) return { plan: undefined, problems: context.problems }
  const inOrder = ordered(needs).flatMap((name) => tasks.get(name) ?? [])
  return {
    plan: { parameters: pipeline.parameters ?? {}, inputs: pipeline.inputs ?? {}, tasks: inOrder },
    problems: [],
  }
}
