/** The closed set of things that can go wrong from a caller's point of view; each maps to one HTTP status. */
export const statusOf = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  limited: 429,
  internal: 500,
  not_implemented: 501,
  unavailable: 503,
} as const

export type ErrorCode = keyof typeof statusOf

export const errorCodes = Object.keys(statusOf) as ErrorCode[]

/** One mistake in what somebody wrote. `path` is a dotted path into the document, line and column count from 1. */
export type Problem = { message: string; path?: string; line?: number; column?: number; hint?: string }

type Options = { hint?: string | undefined; problems?: Problem[] | undefined; cause?: unknown }

/** What every part of Esteira throws: `message` says what happened, `hint` what to do about it. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly problems: Problem[] | undefined

  constructor(code: ErrorCode, message: string, options: Options = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.hint = options.hint
    this.problems = options.problems
  }
}

export const isAppError = (thrown: unknown): thrown is AppError => thrown instanceof AppError

export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown)
