import { Type, type Static } from '@sinclair/typebox'
import { errorCodes, type AppError, type ErrorCode, statusOf } from './errors.ts'

const ProblemItem = Type.Object({
  message: Type.String(),
  path: Type.Optional(Type.String()),
  line: Type.Optional(Type.Integer()),
  column: Type.Optional(Type.Integer()),
  hint: Type.Optional(Type.String()),
})

/** RFC 9457 problem document: the one shape of every error on the wire, in the CLI's `--json` and on the page. */
export const ProblemDocument = Type.Object(
  {
    type: Type.String({ description: 'urn:esteira:problem:<code>' }),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.Unsafe<ErrorCode>(Type.Union(errorCodes.map((code) => Type.Literal(code)))),
    detail: Type.String({ description: 'What happened.' }),
    hint: Type.Optional(Type.String({ description: 'What to do about it.' })),
    requestId: Type.Optional(Type.String()),
    problems: Type.Optional(Type.Array(ProblemItem)),
  },
  { $id: 'Problem', additionalProperties: false },
)
export type ProblemDocument = Static<typeof ProblemDocument>

const titles: Record<ErrorCode, string> = {
  invalid: 'The request is not valid',
  unauthenticated: 'Sign-in is needed',
  forbidden: 'Not allowed',
  not_found: 'Not found',
  conflict: 'Conflict',
  too_large: 'Too large',
  limited: 'Too many requests',
  internal: 'Something went wrong on our side',
  not_implemented: 'Not implemented',
  unavailable: 'Not available right now',
}

export const problemOf = (error: AppError, requestId?: string): ProblemDocument => ({
  type: `urn:esteira:problem:${error.code}`,
  title: titles[error.code],
  status: statusOf[error.code],
  code: error.code,
  detail: error.message,
  ...(error.hint === undefined ? {} : { hint: error.hint }),
  ...(requestId === undefined ? {} : { requestId }),
  ...(error.problems === undefined ? {} : { problems: error.problems }),
})
