import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { globMatcher } from '../../data/contract.ts'
import { AppError } from '../../kernel/errors.ts'
import type { JoinWith } from '../contract.ts'
import { filesBelow, isParquet, isTable } from '../files.ts'
import type { ViewDefinition } from '../view.ts'

type StepInput = { path: string; kind: string; source?: { repository?: string } }
type StepFile = {
  inputs: Record<string, StepInput>
  outputs: Record<string, { path: string; kind: string }>
  with?: JoinWith
  definitions?: { views?: Record<string, ViewDefinition> }
}

export type JoinedView = { view: ViewDefinition; files: string[] }
export type JoinJob = {
  spine: { table: string; sql: string; timestamp?: string }
  tables: { name: string; files: string[] }[]
  views: JoinedView[]
  fullNames: boolean
  output: string
}

const tablesBelow = async (input: StepInput, glob = '**/*'): Promise<string[]> => {
  const matches = globMatcher(glob)
  if (input.kind !== 'directory')
    return isTable(input.path) || (await isParquet(input.path)) ? [input.path] : []
  return (await filesBelow(input.path))
    .filter((path) => matches(path) && isTable(path))
    .map((path) => join(input.path, path))
}

const inputOf = (step: StepFile, view: ViewDefinition, named: string | undefined): StepInput => {
  const found = Object.entries(step.inputs).filter(([name, input]) =>
    named === undefined ? input.source?.repository === view.repository : name === named,
  )
  const [first] = found
  if (first && found.length === 1) return first[1]
  throw new AppError(
    'invalid',
    found.length > 1
      ? `Inputs ${found.map(([name]) => name).join(' and ')} both hold repository ${view.repository}.`
      : `Feature view ${view.name} reads repository ${view.repository}, but no input of the step ${named === undefined ? 'holds it' : `is called ${named}`}.`,
    {
      hint: `Say which input: views: [{ view: ${view.name}, input: … }], or add it to the inputs of the step.`,
    },
  )
}

const viewOf = async (step: StepFile, wanted: JoinWith['views'][number]): Promise<JoinedView> => {
  const { view: name, input, features } = typeof wanted === 'string' ? { view: wanted } : wanted
  const view = step.definitions?.views?.[name]
  if (!view)
    throw new AppError('invalid', `There is no feature view ${name}.`, {
      hint: 'Declare it under features in esteira.yaml.',
    })
  const unknown = features?.find((feature) => !(feature in view.features))
  if (unknown !== undefined)
    throw new AppError('invalid', `Feature view ${name} has no feature ${unknown}.`, {
      hint: `It has ${Object.keys(view.features).join(', ')}.`,
    })
  const chosen = Object.entries(view.features).filter(([feature]) => features?.includes(feature) ?? true)
  return {
    view: { ...view, features: Object.fromEntries(chosen) },
    files: await tablesBelow(inputOf(step, view, input), view.path),
  }
}

/** Reads what the platform asks of this step and finds the files it means. */
export const readJob = async (stepPath: string): Promise<JoinJob> => {
  const step = JSON.parse(await readFile(stepPath, 'utf8')) as StepFile
  if (!step.with) throw new AppError('invalid', 'The step says no `with:`.', { hint: 'Say spine and views.' })
  const { spine, views, fullNames } = step.with
  const output = step.outputs['rows']
  if (!output)
    throw new AppError('invalid', 'The step declares no output rows.', {
      hint: 'Add outputs: { rows: file }.',
    })
  const spineInput = step.inputs[spine.input]
  if (!spineInput)
    throw new AppError('invalid', `spine.input names ${spine.input}, which is no input of the step.`, {
      hint: `Inputs are ${Object.keys(step.inputs).join(', ')}.`,
    })
  const tables: JoinJob['tables'] = []
  for (const [name, input] of Object.entries(step.inputs))
    tables.push({ name, files: await tablesBelow(input, name === spine.input ? spine.path : undefined) })
  return {
    spine: {
      table: spine.input,
      sql: spine.sql ?? `select * from "${spine.input.replaceAll('"', '""')}"`,
      ...(spine.timestamp === undefined ? {} : { timestamp: spine.timestamp }),
    },
    tables,
    views: await Promise.all(views.map((view) => viewOf(step, view))),
    fullNames: fullNames ?? false,
    output: output.path,
  }
}
