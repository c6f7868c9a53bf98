import { bytes, nothing, type Input, type Output, type Route } from './contract.ts'
import { AppError, type ErrorCode } from './errors.ts'
import type { ProblemDocument } from './problem.ts'

type Body = ReadableStream<Uint8Array> | Uint8Array | string | Blob | AsyncIterable<Uint8Array>

export type CallOptions = { signal?: AbortSignal }
export type Call = <R extends Route>(
  route: R,
  input: Input<R, Body>,
  options?: CallOptions,
) => Promise<Output<R, Response>>

type Target = {
  /** Where the server is; empty in the browser, where it is the page's own origin. */
  url: string
  token?: string | undefined
  fetch?: typeof fetch
}

const isProblem = (value: unknown): value is ProblemDocument =>
  typeof value === 'object' && value !== null && 'code' in value && 'detail' in value

/** The server's problem document as the error that the server threw. */
const errorOf = async (response: Response): Promise<AppError> => {
  const text = await response.text()
  try {
    const parsed: unknown = JSON.parse(text)
    if (isProblem(parsed))
      return new AppError(parsed.code, parsed.detail, {
        hint: parsed.hint,
        problems: parsed.problems as never,
      })
  } catch {
    // Not ours: a proxy's page, say. The status says what can be said.
  }
  const code: ErrorCode =
    response.status === 404 ? 'not_found' : response.status >= 500 ? 'unavailable' : 'invalid'
  return new AppError(code, `The server answered ${response.status} ${response.statusText}.`)
}

const keys = (schema: unknown): string[] =>
  Object.keys((schema as { properties?: object } | undefined)?.properties ?? {})

/** Splits the flat input of a contract into address, query and body. */
export const requestOf = (route: Route, given: Record<string, unknown>): { path: string; body: unknown } => {
  const inPath = new Set(keys(route.params))
  const inQuery = new Set(keys(route.query))
  const path = route.path
    .replace(
      /\/\*$/,
      () =>
        `/${(typeof given['path'] === 'string' ? given['path'] : '')
          .split('/')
          .map(encodeURIComponent)
          .join('/')}`,
    )
    .replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(given[name])))
  const query = new URLSearchParams()
  for (const name of inQuery) {
    const value = given[name]
    for (const one of Array.isArray(value) ? value : [value])
      if (one !== undefined) query.append(name, String(one))
  }
  const text = query.toString()
  const rest = Object.fromEntries(
    Object.entries(given).filter(([name]) => !inPath.has(name) && !inQuery.has(name)),
  )
  const isWhole =
    route.body === bytes || (route.body !== undefined && route.body.type !== 'object' && 'body' in rest)
  return { path: text === '' ? path : `${path}?${text}`, body: isWhole ? rest['body'] : rest }
}

/** A typed caller of contract routes, for CLI, page, SDK and tests. Throws the server's AppError. */
export const client = ({ url, token, fetch: fetching = fetch }: Target): Call => {
  const base = url.replace(/\/$/, '')
  return async (route, input, { signal } = {}) => {
    const { path, body } = requestOf(route, input as Record<string, unknown>)
    const hasBody = route.body !== undefined
    const isBytes = route.body === bytes
    let response: Response
    try {
      response = await fetching(`${base}${path}`, {
        method: route.method,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(hasBody ? { 'content-type': isBytes ? 'application/octet-stream' : 'application/json' } : {}),
        },
        ...(hasBody ? { body: (isBytes ? body : JSON.stringify(body)) as never, duplex: 'half' } : {}),
        ...(signal ? { signal } : {}),
      } as RequestInit)
    } catch (error) {
      if (signal?.aborted) throw error
      throw new AppError('unavailable', `No Esteira server answers at ${base || 'this address'}.`, {
        hint: 'Start one with `esteira up`, or name another with --server URL.',
        cause: error,
      })
    }
    if (!response.ok) throw await errorOf(response)
    if (route.reply === nothing) return undefined as never
    if (route.reply === bytes) return response as never
    return (await response.json()) as never
  }
}
