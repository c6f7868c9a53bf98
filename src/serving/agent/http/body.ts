import { promisify } from 'node:util'
import { gunzip, inflate } from 'node:zlib'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AppError } from '../../../kernel/errors.ts'
import { headerLength, readBinaryRequest } from './binary.ts'
import { headerOf } from './invocations.ts'

export const mostBodyBytes = 8 * 1024 * 1024

const withStatus = (statusCode: number, message: string): Error =>
  Object.assign(new Error(message), { statusCode })

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw new AppError('invalid', `The body is no JSON: ${(error as Error).message}.`, { cause: error })
  }
}

/** Clients of V2 name no content type, or that of the binary extension; everybody else says that it is JSON. */
const isJson = (request: FastifyRequest): boolean => {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  return (
    type === 'application/json' ||
    (request.url.startsWith('/v2/') && ['', 'application/octet-stream'].includes(type))
  )
}

const unpackers = { gzip: promisify(gunzip), deflate: promisify(inflate) } as const

const unpacked = async (request: FastifyRequest, body: Buffer): Promise<Buffer> => {
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (encoding === 'identity') return body
  if (encoding !== 'gzip' && encoding !== 'deflate')
    throw withStatus(415, `Content-Encoding ${encoding} is not read; send gzip, deflate or none.`)
  try {
    return await unpackers[encoding](body, { maxOutputLength: mostBodyBytes })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new AppError(
        'too_large',
        `The body is larger than ${mostBodyBytes} bytes. Send several requests.`,
        { cause: error },
      )
    throw new AppError('invalid', `The body is no ${encoding}: ${(error as Error).message}.`, {
      cause: error,
    })
  }
}

/** Every body is JSON, packed or not; V2 may have tensors behind it. */
export const readBodies = (app: FastifyInstance): void => {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async (request: FastifyRequest, packed: Buffer) => {
    if (!isJson(request)) throw withStatus(415, 'The body must be JSON: send Content-Type: application/json.')
    const body = await unpacked(request, packed)
    const length = headerOf(request, headerLength)
    return length === undefined
      ? parseJson(body.toString('utf8'))
      : readBinaryRequest(body, length, parseJson)
  })
}
