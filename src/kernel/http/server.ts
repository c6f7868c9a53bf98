import { randomUUID } from 'node:crypto'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Permission } from '../auth/permissions.ts'
import { mustBeAllowed, type Principal } from '../auth/principal.ts'
import type { RouteTable } from '../contract.ts'
import { AppError } from '../errors.ts'
import type { Logger } from '../log.ts'
import { checkHostAndOrigin } from './guard.ts'
import { replyWithProblem } from './problem-reply.ts'

declare module 'fastify' {
  interface FastifyRequest {
    actor: Principal
  }
  interface FastifyContextConfig {
    /** What the caller must be allowed to do. A route without it does not start. */
    can?: Permission | 'public'
    /** The project that the request concerns. */
    project?: (request: FastifyRequest) => string | undefined
    /** The handler wants the body as a stream, whatever its type. */
    bytes?: boolean
  }
}

export type Http = {
  app: FastifyInstance
  /** Contract tables mounted so far, for OpenAPI. */
  tables: RouteTable[]
}

/** Finds out who asks; undefined when nobody is named and nobody may be assumed. */
export type Identify = (request: FastifyRequest) => Promise<Principal | undefined>

/**
 * JSON is parsed where the route takes JSON; every other body, and JSON sent to a route of bytes, reaches the handler
 * as a stream. Keys that would reach a prototype are refused by Fastify's own parser.
 */
const takeBodies = (app: FastifyInstance, bodyLimit: number) => {
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
  app.addContentTypeParser('application/json', (request, payload, done) => {
    if (request.routeOptions.config.bytes) return done(null, payload)
    const limit = request.routeOptions.bodyLimit ?? bodyLimit
    const chunks: Buffer[] = []
    let sizeBytes = 0
    payload.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.byteLength
      if (sizeBytes <= limit) chunks.push(chunk)
    })
    payload.on('error', (error) => done(error))
    payload.on('end', () => {
      if (sizeBytes > limit)
        return done(new AppError('too_large', `The body has ${sizeBytes} bytes; this route takes ${limit}.`))
      if (sizeBytes === 0) return done(null, undefined)
      void parseJson(request, Buffer.concat(chunks).toString('utf8'), done)
      return undefined
    })
    return undefined
  })
}

type Options = {
  identify: Identify
  host: string
  bodyLimit: number
  log: Logger
  /** Host names that a server on a public address answers to. */
  names?: readonly string[]
}

const anonymous: Principal = { kind: 'person', id: 'anonymous', name: 'anonymous', roles: [] }

const authorise = (identify: Identify) => async (request: FastifyRequest) => {
  const { can, project } = request.routeOptions.config
  const who = await identify(request)
  request.actor = who ?? anonymous
  if (can === 'public' || can === undefined) return
  if (!who)
    throw new AppError('unauthenticated', 'This needs a sign-in.', {
      hint: 'Send `Authorization: Bearer <token>`; `esteira tokens create` makes a token.',
    })
  mustBeAllowed(who, can, project?.(request))
}

/** The HTTP server before any room is in it: identity, permissions, limits, errors; bodies of bytes reach handlers as streams. */
export const createHttp = ({ identify, host, bodyLimit, log, names = [] }: Options): Http => {
  const app = Fastify({
    bodyLimit,
    genReqId: () => randomUUID(),
    // Long polls and agents that block must find their connection open again (see docs/decisions on keep-alive).
    keepAliveTimeout: 120_000,
    routerOptions: { maxParamLength: 4096, ignoreTrailingSlash: true },
    logger: false,
    forceCloseConnections: true,
  })
  app.decorateRequest('actor')
  takeBodies(app, bodyLimit)
  app.addHook('onRoute', ({ config, path, method }) => {
    if (config?.can === undefined) throw new Error(`${String(method)} ${path} declares no permission`)
  })
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    reply.header('x-content-type-options', 'nosniff')
    checkHostAndOrigin(request, { host, names })
  })
  app.addHook('onRequest', authorise(identify))
  app.setErrorHandler((error, request, reply) => replyWithProblem(error, { request, reply, log }))
  app.setNotFoundHandler({ preHandler: undefined as never }, (request: FastifyRequest, reply: FastifyReply) =>
    replyWithProblem(
      new AppError('not_found', `There is nothing at ${request.method} ${request.url.split('?')[0]}.`, {
        hint: 'See /openapi.json for what there is.',
      }),
      { request, reply },
    ),
  )
  return { app, tables: [] }
}
