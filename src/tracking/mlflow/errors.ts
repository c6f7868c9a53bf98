import type { FastifyReply } from 'fastify'
import { type AppError, type ErrorCode, messageOf } from '../../kernel/errors.ts'
import { toAppError } from '../../kernel/http/problem-reply.ts'
import type { Logger } from '../../kernel/log.ts'

/** MLflow's clients decide by the name of the error, so the name counts for more than the status. */
const wire: Record<ErrorCode, readonly [status: number, name: string]> = {
  invalid: [400, 'INVALID_PARAMETER_VALUE'],
  unauthenticated: [401, 'UNAUTHENTICATED'],
  forbidden: [403, 'PERMISSION_DENIED'],
  not_found: [404, 'RESOURCE_DOES_NOT_EXIST'],
  conflict: [409, 'RESOURCE_CONFLICT'],
  too_large: [400, 'INVALID_PARAMETER_VALUE'],
  limited: [429, 'REQUEST_LIMIT_EXCEEDED'],
  internal: [500, 'INTERNAL_ERROR'],
  not_implemented: [501, 'NOT_IMPLEMENTED'],
  unavailable: [503, 'TEMPORARILY_UNAVAILABLE'],
}

/** An error under a name of MLflow's that our own codes do not have. */
export class MlflowError extends Error {
  readonly status: number
  readonly errorCode: string

  constructor(status: number, errorCode: string, message: string) {
    super(message)
    this.name = 'MlflowError'
    this.status = status
    this.errorCode = errorCode
  }
}

const textOf = (error: AppError) =>
  error.hint === undefined ? error.message : `${error.message} ${error.hint}`

export const replyWithMlflowError = (thrown: unknown, reply: FastifyReply, log: Logger): FastifyReply => {
  if (thrown instanceof MlflowError)
    return reply
      .status(thrown.status)
      .type('application/json')
      .send(JSON.stringify({ error_code: thrown.errorCode, message: thrown.message }))
  const error = toAppError(thrown)
  if (error.code === 'internal')
    log.error({ error: messageOf(error.cause ?? error) }, 'an MLflow request failed')
  const [status, name] = wire[error.code]
  return reply
    .status(status)
    .type('application/json')
    .send(JSON.stringify({ error_code: name, message: textOf(error) }))
}

/** MLflow answers the creation of what is there already with this name, and its clients go on from it. */
export const alreadyExists = (error: AppError): MlflowError =>
  new MlflowError(400, 'RESOURCE_ALREADY_EXISTS', textOf(error))
