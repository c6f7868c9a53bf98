import { AppError } from '../../kernel/errors.ts'
import { nearest } from '../../kernel/nearest.ts'
import { count } from '../figures.ts'
import { signatureColumns, type Signature } from '../signature.ts'
import type { Lookup } from './lookups.ts'
import type { ModelAnswer } from './model/model.ts'
import { encode, type Columns } from './model/tensors.ts'
import type { LoadedVariant, Route } from './route.ts'

export type Ask = { columns: Columns; key: string | undefined; wantsOutputs: boolean }
/** Said when another release answered in place of the chosen one. */
export type Fallback = { variant: string; release: number; version: number; error: string }
export type Attempt = { answer: ModelAnswer; latencyMs: number }
export type Answered = Attempt & { by: LoadedVariant; fallback: Fallback | undefined }

type Problem = { message: string; path: string; hint?: string }

const problemOf = (name: string, extra: string[], lookups: Lookup[]): Problem => {
  const base = { message: `column "${name}" is missing`, path: name }
  const meant = nearest(name, extra)
  if (meant !== undefined) return { ...base, hint: `you sent "${meant}"` }
  const view = lookups.find(({ features }) => features.includes(name))
  return view === undefined ? base : { ...base, hint: `send it, or "${view.entity}" to have it looked up` }
}

/** Every column the model needs, named when it is missing, with the column that was probably meant. */
const checkColumns = (signature: Signature, { values }: Columns, lookups: Lookup[]): void => {
  const wanted = signatureColumns(signature).map(({ name }) => name)
  const missing = wanted.filter((name) => !values.has(name))
  if (missing.length === 0) return
  const extra = [...values.keys()].filter((name) => !wanted.includes(name))
  const problems = missing.map((name) => problemOf(name, extra, lookups))
  const said = problems.map(({ message, hint }) => (hint === undefined ? message : `${message} (${hint})`))
  throw new AppError('invalid', `The request does not fit the model: ${said.join('; ')}.`, { problems })
}

export const sumOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0)

export const isCallersFault = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'invalid'

/** Runs one variant and counts nothing. */
export const run = async (
  route: Route,
  loaded: LoadedVariant,
  { columns, wantsOutputs }: Ask,
): Promise<ModelAnswer> => {
  const { signature } = loaded.variant
  checkColumns(signature, columns, route.lookups)
  const answer = await loaded.slot.model.run(columns.rows, encode(signature, columns), wantsOutputs)
  const row = answer.values.findIndex((value) => !Number.isFinite(value))
  if (row !== -1) throw new Error(`the model gave no number for row ${row}`)
  return answer
}

/** Runs one variant and counts it. A request that does not fit the model is the caller's fault and is not counted. */
export const attempt = async (route: Route, loaded: LoadedVariant, asked: Ask): Promise<Attempt> => {
  const { rows } = asked.columns
  const startedAt = performance.now()
  try {
    const answer = await run(route, loaded, asked)
    const latencyMs = performance.now() - startedAt
    count(loaded.figures, { rows, failed: 0, sum: sumOf(answer.values), latencyMs })
    return { answer, latencyMs }
  } catch (error) {
    const latencyMs = performance.now() - startedAt
    if (!isCallersFault(error)) count(loaded.figures, { rows, failed: rows, sum: 0, latencyMs })
    throw error
  }
}

/** The chosen release answers; when it cannot, another one does, and the failure is counted against the chosen one. */
export const answerWith = async (route: Route, chosen: LoadedVariant, asked: Ask): Promise<Answered> => {
  try {
    return { by: chosen, fallback: undefined, ...(await attempt(route, chosen, asked)) }
  } catch (error) {
    const other = route.fallbackFor(chosen)
    if (other === undefined) throw error
    const result = await attempt(route, other, asked)
    const { rows } = asked.columns
    // The other release can answer this request, so that the chosen one cannot is its own fault.
    if (isCallersFault(error))
      count(chosen.figures, { rows, failed: rows, sum: 0, latencyMs: result.latencyMs })
    const { name, release, version } = chosen.variant
    return {
      by: other,
      fallback: { variant: name, release, version, error: (error as Error).message },
      ...result,
    }
  }
}
