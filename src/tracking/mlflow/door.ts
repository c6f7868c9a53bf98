import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'
import type { Permission } from '../../kernel/auth/permissions.ts'
import type { Principal } from '../../kernel/auth/principal.ts'
import { AppError } from '../../kernel/errors.ts'
import type { Http } from '../../kernel/http/server.ts'
import type { Logger } from '../../kernel/log.ts'
import { replyWithMlflowError } from './errors.ts'
import { Fields } from './fields.ts'

export type MlflowCall = {
  project: string
  actor: Principal
  /** Body and query string, read by MLflow's rules. */
  fields: Fields
  params: Readonly<Record<string, string>>
  request: FastifyRequest
  reply: FastifyReply
}

export type MlflowRoute = {
  method: HTTPMethods | HTTPMethods[]
  /** Below `/api/2.0` and `/ajax-api/2.0` (or the version that is named); a path from the root starts with `//`. */
  path: string
  version?: '2.0' | '3.0'
  can: Permission | 'public'
  bodyLimit?: number
  /** Answers with JSON; undefined when it has answered by itself. */
  handle: (call: MlflowCall) => Promise<object | undefined> | object | undefined
}

/** MLflow's clients name no project: it is that of their token, or `default`, or the one in `…/mlflow/<project>` of the tracking address. */
const projectOf = (request: FastifyRequest): string => {
  const named = (request.params as { project?: string } | undefined)?.project
  if (named !== undefined && !/^[a-z0-9][a-z0-9._-]{0,99}$/.test(named))
    throw new AppError('invalid', `${JSON.stringify(named)} can't be the name of a project.`)
  return named ?? request.actor.project ?? 'default'
}

const parseBody = (body: string): unknown => {
  if (body.trim() === '') return {}
  try {
    const parsed: unknown = JSON.parse(body)
    // Old clients send their JSON as a JSON string.
    return typeof parsed === 'string' ? JSON.parse(parsed) : parsed
  } catch (error) {
    throw new AppError('invalid', 'The body is not valid JSON.', {
      hint: 'JSON has no bare NaN or Infinity: send them as the strings "NaN", "Infinity" and "-Infinity".',
      cause: error,
    })
  }
}

const readJson = (scope: FastifyInstance) => {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    async (_request: FastifyRequest, body: string) => parseBody(body),
  )
  scope.addContentTypeParser('*', async () => {
    throw new AppError('invalid', "Bad Request. Content-Type must be one of ['application/json'].")
  })
}

/** Bodies of any type, JSON too, as the bytes they are. */
const readBytes = (scope: FastifyInstance) => {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
}

const hasBody = (method: string) => method === 'POST' || method === 'PATCH'

const paths = ({ path, version = '2.0' }: MlflowRoute): string[] =>
  path.startsWith('//') ? [path.slice(1)] : [`/api/${version}${path}`, `/ajax-api/${version}${path}`]

const fieldsOf = (request: FastifyRequest): Fields => {
  const query = request.query as Record<string, unknown>
  const body = request.body
  return new Fields(
    typeof body === 'object' && body !== null && !('pipe' in body) ? { ...query, ...body } : query,
  )
}

const define = (scope: FastifyInstance, route: MlflowRoute) => {
  for (const url of paths(route))
    scope.route({
      method: route.method,
      url,
      exposeHeadRoute: false,
      config: { can: route.can, project: projectOf },
      ...(route.bodyLimit === undefined ? {} : { bodyLimit: route.bodyLimit }),
      handler: async (request, reply) => {
        if (hasBody(request.method) && request.headers['content-type'] === undefined)
          throw new AppError('invalid', 'Bad Request. Content-Type header is missing.')
        const output = await route.handle({
          project: projectOf(request),
          actor: request.actor,
          fields: fieldsOf(request),
          params: request.params as Record<string, string>,
          request,
          reply,
        })
        if (output === undefined || reply.sent) return reply
        return reply.type('application/json').send(JSON.stringify(output))
      },
    })
}

export type DoorOptions = { log: Logger; bodies?: 'json' | 'bytes' }

/** Opens routes of MLflow's protocol at the root of the server and below `/mlflow/<project>`. */
export const mlflowDoor = (
  http: Http,
  routes: readonly MlflowRoute[],
  { log, bodies = 'json' }: DoorOptions,
): void => {
  for (const prefix of ['', '/mlflow/:project'])
    http.app.register(
      async (scope) => {
        if (bodies === 'json') readJson(scope)
        else readBytes(scope)
        scope.setErrorHandler((error, _request, reply) => replyWithMlflowError(error, reply, log))
        for (const route of routes) define(scope, route)
      },
      { prefix },
    )
}
