import type { ArtifactReference, Json } from './plan.ts'

export type Reference = ArtifactReference | { from: 'parameter'; parameter: string }

const expression = /\$\{\{(.*?)\}\}/gs
const whole = /^\s*\$\{\{((?:(?!\}\}).)*)\}\}\s*$/s

const parse = (inside: string): Reference | undefined => {
  const words = inside.trim().split('.')
  const [root, first, second, third] = words
  if (!words.every((word) => /^[A-Za-z][A-Za-z0-9_-]*$/.test(word)) || first === undefined) return undefined
  if (root === 'inputs' && words.length === 2) return { from: 'input', input: first }
  if (root === 'parameters' && words.length === 2) return { from: 'parameter', parameter: first }
  if (root === 'steps' && words.length === 4 && second === 'outputs' && third !== undefined)
    return { from: 'task', task: first, output: third }
  return undefined
}

export type Found = { text: string; reference: Reference | undefined }

/** All `${{ … }}` of a text; `reference` is undefined where one cannot be understood. */
export const expressionsIn = (text: string): Found[] =>
  [...text.matchAll(expression)].map(([found, inside = '']) => ({ text: found, reference: parse(inside) }))

/** The reference of a text that is one expression and nothing else. */
export const onlyReference = (text: string): Reference | undefined => {
  const inside = whole.exec(text)?.[1]
  return inside === undefined ? undefined : parse(inside)
}

/** All expressions in a value, with the path of the text that holds each. */
export const expressionsWithin = (value: Json, path: string): (Found & { path: string })[] => {
  if (typeof value === 'string') return expressionsIn(value).map((found) => ({ ...found, path }))
  if (Array.isArray(value)) return value.flatMap((item, index) => expressionsWithin(item, `${path}.${index}`))
  if (value !== null && typeof value === 'object')
    return Object.entries(value).flatMap(([key, item]) => expressionsWithin(item, `${path}.${key}`))
  return []
}

const asText = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value))

const fillText = (text: string, parameters: Record<string, Json>): Json => {
  const only = onlyReference(text)
  if (only?.from === 'parameter') return parameters[only.parameter] ?? null
  return text.replace(expression, (found, inside: string) => {
    const reference = parse(inside)
    return reference?.from === 'parameter' ? asText(parameters[reference.parameter] ?? null) : found
  })
}

/**
 * Puts parameters into a value. A text that is one expression becomes the parameter itself (a number stays a number). One pass:
 * an expression that arrives inside a parameter is data and stays as it is.
 */
export const fill = (value: Json, parameters: Record<string, Json>): Json => {
  if (typeof value === 'string') return fillText(value, parameters)
  if (Array.isArray(value)) return value.map((item) => fill(item, parameters))
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, parameters)]))
  return value
}

/** The same for text that must stay text: an argument, an environment variable. */
export const fillString = (text: string, parameters: Record<string, Json>): string =>
  asText(fillText(text, parameters))
