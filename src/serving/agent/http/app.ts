import { timingSafeEqual, createHash } from 'node:crypto'
import { fastify, type FastifyInstance, type FastifyRequest } from 'fastify'
import { AppError, statusOf } from '../../../kernel/errors.ts'
import type { Predictor } from '../predict.ts'
import { mostBodyBytes, readBodies } from './body.ts'
import { mountInvocations } from './invocations.ts'
import { mountV2 } from './v2.ts'

type Options = {
  predictor: Predictor
  isReady: () => boolean
  stats: () => unknown
  version: string
  /** Callers must send this as a bearer token; undefined only on a loopback address. */
  key: string | undefined
  tell: (message: string) => void
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

const checkKey = (request: FastifyRequest, wanted: Buffer | undefined): void => {
  if (wanted === undefined || request.url.startsWith('/v2/health/')) return
  const [, given = ''] = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '') ?? []
  if (!timingSafeEqual(digest(given), wanted))
    throw new AppError('unauthenticated', 'This agent answers only with its key.', {
      hint: 'Send Authorization: Bearer <key>.',
    })
}

/** A page of another site must not reach an agent on the reader's own machine by a name that it controls. */
const checkHost = (request: FastifyRequest): void => {
  const name = (request.headers.host ?? '').replace(/:[0-9]+$/, '')
  if (!['127.0.0.1', 'localhost', '[::1]', ''].includes(name))
    throw new AppError('forbidden', `This agent does not answer to the host name ${JSON.stringify(name)}.`, {
      hint: 'Call 127.0.0.1 or localhost.',
    })
}

const foreign: Record<string, [status: number, message: string]> = {
  FST_ERR_CTP_BODY_TOO_LARGE: [413, `The body is larger than ${mostBodyBytes} bytes. Send several requests.`],
}

const amazonError: Record<number, string> = { 500: 'ModelError', 503: 'ServiceUnavailable' }

type Failure = { status: number; error: string; problems?: unknown }

const failureOf = (thrown: unknown): Failure => {
  if (thrown instanceof AppError) {
    const { code, message, hint, problems } = thrown
    return {
      status: statusOf[code],
      error: hint === undefined ? message : `${message} ${hint}`,
      ...(problems ? { problems } : {}),
    }
  }
  const { code = '', statusCode, message } = thrown as { code?: string; statusCode?: number; message: string }
  const known = foreign[code]
  if (known) return { status: known[0], error: known[1] }
  // What Fastify refuses by itself has a status; everything else is a model that failed.
  return { status: statusCode ?? 500, error: message }
}

/** The agent's own address: predictions in two protocols, readiness and figures. Errors are `{"error": "what and what to do"}` everywhere. */
export const agentApp = ({ predictor, isReady, stats, version, key, tell }: Options): FastifyInstance => {
  const app = fastify({
    bodyLimit: mostBodyBytes,
    keepAliveTimeout: 120_000,
    forceCloseConnections: 'idle',
    logger: false,
  })
  readBodies(app)
  const wanted = key === undefined ? undefined : digest(key)
  app.addHook('onRequest', async (request) => {
    if (wanted === undefined) checkHost(request)
    checkKey(request, wanted)
  })
  app.setErrorHandler((thrown, request, reply) => {
    const { status, error, problems } = failureOf(thrown)
    if (status >= 500 && status !== 503) tell(`${request.method} ${request.url}: ${error}`)
    if (status === 503) void reply.header('retry-after', '1')
    const more = problems === undefined ? {} : { problems }
    if (!request.url.startsWith('/endpoints/')) return reply.code(status).send({ error, ...more })
    // SageMaker's clients look for these two.
    void reply.header('x-amzn-errortype', amazonError[status] ?? 'ValidationError')
    return reply.code(status).send({ error, message: error, ...more })
  })
  app.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .send({ error: `There is nothing at ${request.method} ${request.url.split('?')[0] ?? ''}.` }),
  )
  app.get('/ping', async () => ({ status: 'ok' }))
  app.get('/stats', async () => stats())
  mountInvocations(app, predictor)
  mountV2(app, { predictor, isReady, version })
  return app
}
