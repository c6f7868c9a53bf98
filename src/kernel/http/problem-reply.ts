import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError, isAppError, statusOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import { problemOf } from '../problem.ts'

type FastifyFault = { statusCode?: number; code?: string; message: string }

/** Turns what Fastify itself throws (bad JSON, too large a body, a wrong media type) into our own words. */
const fromFastify = (fault: FastifyFault): AppError | undefined => {
  if (fault.code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new AppError('too_large', 'The body is larger than this route takes.')
  if (fault.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return new AppError('invalid', 'This route does not take a body of that type.', {
      hint: 'Send Content-Type: application/json.',
    })
  if (fault.statusCode !== undefined && fault.statusCode >= 400 && fault.statusCode < 500)
    return new AppError('invalid', fault.message)
  return undefined
}

export const toAppError = (thrown: unknown): AppError => {
  if (isAppError(thrown)) return thrown
  const known = thrown instanceof Error ? fromFastify(thrown as FastifyFault) : undefined
  return (
    known ??
    new AppError('internal', 'The server met an error it does not know.', {
      cause: thrown,
      hint: 'Its log has the details under this request id.',
    })
  )
}

/** The one place where an error becomes an answer. */
export const replyWithProblem = (
  thrown: unknown,
  { request, reply, log }: { request: FastifyRequest; reply: FastifyReply; log?: Logger },
) => {
  const error = toAppError(thrown)
  if (error.code === 'internal')
    log?.error({ requestId: request.id, url: request.url, err: error.cause ?? error }, 'request failed')
  return reply
    .status(statusOf[error.code])
    .header('content-type', 'application/problem+json')
    .send(JSON.stringify(problemOf(error, request.id)))
}
