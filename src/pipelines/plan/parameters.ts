import type { Problem } from '../../kernel/errors.ts'
import type { ParameterDeclaration } from '../definitions.contract.ts'
import { didYouMean } from './did-you-mean.ts'
import type { Json } from './plan.ts'

const isOfType: Record<ParameterDeclaration['type'], (value: unknown) => boolean> = {
  string: (value) => typeof value === 'string',
  integer: (value) => Number.isSafeInteger(value),
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  boolean: (value) => typeof value === 'boolean',
  list: (value) => Array.isArray(value),
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
}

/** What is wrong with a value for a parameter, if anything. */
export const parameterProblem = (
  name: string,
  declared: ParameterDeclaration,
  value: unknown,
): string | undefined => {
  if (!isOfType[declared.type](value))
    return `Parameter ${name} is of type ${declared.type}, and ${JSON.stringify(value)} is not.`
  const allowed = declared.choices?.map((choice) => JSON.stringify(choice))
  if (allowed && !allowed.includes(JSON.stringify(value)))
    return `Parameter ${name} cannot be ${JSON.stringify(value)}; it is one of ${allowed.join(', ')}.`
  return undefined
}

/** The parameters of a run: what was given, checked, and defaults for the rest; all problems at once. */
export const runParameters = (
  declared: Record<string, ParameterDeclaration>,
  given: Record<string, unknown>,
): { values: Record<string, Json>; problems: Problem[] } => {
  const problems: Problem[] = []
  const names = Object.keys(declared)
  for (const name of Object.keys(given))
    if (!names.includes(name))
      problems.push({
        path: `parameters.${name}`,
        message: `There is no parameter ${name}.`,
        hint: didYouMean(name, names),
      })
  const values: Record<string, Json> = {}
  for (const [name, declaration] of Object.entries(declared)) {
    const value = Object.hasOwn(given, name) ? given[name] : declaration.default
    const message =
      value === undefined
        ? `Parameter ${name} has no default, so a run must give it.`
        : parameterProblem(name, declaration, value)
    if (message === undefined) values[name] = value as Json
    else problems.push({ path: `parameters.${name}`, message })
  }
  return { values, problems }
}
