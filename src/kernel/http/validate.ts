import { type ErrorObject, type ValidateFunction, Ajv } from 'ajv'
import type { TSchema } from '@sinclair/typebox'
import { AppError, type Problem } from '../errors.ts'
import { nearest } from '../nearest.ts'

const strict = new Ajv({ allErrors: true, useDefaults: true, strict: false, verbose: true })
/** Path and query arrive as text: numbers and booleans are read from it. */
const coercing = new Ajv({
  allErrors: true,
  useDefaults: true,
  coerceTypes: 'array',
  strict: false,
  verbose: true,
})

const keyOf = (error: ErrorObject): string | undefined => {
  const { additionalProperty, missingProperty } = error.params as {
    additionalProperty?: string
    missingProperty?: string
  }
  return additionalProperty ?? missingProperty
}

/** An Ajv error in words that name the place, what was there and what would do. */
const problemFrom = (error: ErrorObject): Problem => {
  const place = error.instancePath.slice(1).replaceAll('/', '.')
  const key = keyOf(error)
  const path = [place, key].filter((part) => part !== undefined && part !== '').join('.')
  if (error.keyword === 'additionalProperties' && key !== undefined) {
    const known = Object.keys((error.parentSchema as { properties?: object } | undefined)?.properties ?? {})
    const close = nearest(key, known)
    return {
      path,
      message: `unknown field ${JSON.stringify(key)}${place ? ` in ${place}` : ''}`,
      hint: close ? `Did you mean ${JSON.stringify(close)}?` : `Known fields: ${known.join(', ') || 'none'}.`,
    }
  }
  if (error.keyword === 'required') return { path, message: `${path} is missing` }
  if (error.keyword === 'enum' || error.keyword === 'const') {
    const { allowedValues, allowedValue } = error.params as {
      allowedValues?: unknown[]
      allowedValue?: unknown
    }
    return {
      path,
      message: `${path || 'the value'} must be one of ${(allowedValues ?? [allowedValue]).map((value) => JSON.stringify(value)).join(', ')}`,
    }
  }
  return { path, message: `${path || 'the value'} ${error.message ?? 'is not valid'}` }
}

const isBelow = (error: ErrorObject, path: string) =>
  error.instancePath === path || error.instancePath.startsWith(`${path}/`)
const everyIs = (errors: readonly ErrorObject[], keyword: string) =>
  errors.length > 0 && errors.every((error) => error.keyword === keyword)

/** What a union complains about, in one sentence: the values or fields that would do, else what is wrong in the branch that came furthest. */
const problemsOfUnion = (union: ErrorObject, branches: readonly ErrorObject[]): Problem[] => {
  const path = union.instancePath.slice(1).replaceAll('/', '.')
  const here = branches.filter((error) => error.instancePath === union.instancePath)
  if (everyIs(here, 'const') && here.length === branches.length) {
    const values = here.map((error) =>
      JSON.stringify((error.params as { allowedValue: unknown }).allowedValue),
    )
    return [{ path, message: `${path || 'the value'} must be one of ${values.join(', ')}` }]
  }
  if (everyIs(here, 'required') && here.length === branches.length)
    return [{ path, message: `${path || 'the value'} needs one of ${here.map(keyOf).join(', ')}` }]
  const furthest = Math.max(...branches.map((error) => error.instancePath.length))
  return branches.filter((error) => error.instancePath.length === furthest).map(problemFrom)
}

/** One problem a mistake: the branches of a union are told together, and not at all where something in the same place explains them. */
const problemsFrom = (errors: readonly ErrorObject[]): Problem[] => {
  const unions = errors.filter((error) => error.keyword === 'anyOf')
  const inUnion = (error: ErrorObject) =>
    unions.some((union) => error.schemaPath.startsWith(`${union.schemaPath}/`))
  const plain = errors.filter((error) => error.keyword !== 'anyOf' && !inUnion(error))
  const ofUnions = unions
    .filter((union) => !inUnion(union) && !plain.some((error) => isBelow(error, union.instancePath)))
    .flatMap((union) =>
      problemsOfUnion(
        union,
        errors.filter(
          (error) => error.keyword !== 'anyOf' && error.schemaPath.startsWith(`${union.schemaPath}/`),
        ),
      ),
    )
  const seen = new Set<string>()
  return [...plain.map(problemFrom), ...ofUnions].filter((problem) => {
    const key = `${problem.path} ${problem.message}`
    return seen.has(key) ? false : seen.add(key)
  })
}

export type Check = (value: unknown) => void

const compiled = new WeakMap<TSchema, ValidateFunction>()

export const checker = (schema: TSchema, part: 'path' | 'query' | 'body'): Check => {
  const ajv = part === 'body' ? strict : coercing
  const validate = compiled.get(schema) ?? ajv.compile(schema)
  if (part === 'body') compiled.set(schema, validate)
  return (value) => {
    if (validate(value)) return
    const problems = problemsFrom(validate.errors ?? [])
    const first = problems[0]
    throw new AppError(
      'invalid',
      `The ${part} is not valid: ${first?.message ?? 'see problems'}${problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''}.`,
      {
        problems,
        hint: first?.hint,
      },
    )
  }
}

/** Problems of a document against a schema, without throwing. */
export const problemsIn = (schema: TSchema, value: unknown): Problem[] => {
  const validate = compiled.get(schema) ?? strict.compile(schema)
  compiled.set(schema, validate)
  return validate(value) ? [] : problemsFrom(validate.errors ?? [])
}
