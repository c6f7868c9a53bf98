import type { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Principal } from '../auth/principal.ts'
import { bytes, type Input, nothing, type Output, type Route, type RouteTable } from '../contract.ts'
import { checker } from './validate.ts'
import type { Http } from './server.ts'

/** A reply of bytes. */
export type BytesReply = {
  stream: Readable | Uint8Array | string
  type: string
  sizeBytes?: number
  /** Offers it as a download under this name. */
  fileName?: string
  status?: number
  headers?: Record<string, string>
}

export type Context = { actor: Principal; request: FastifyRequest; reply: FastifyReply; signal: AbortSignal }

export type Handler<R extends Route> = (
  input: Input<R, Readable>,
  context: Context,
) => Promise<Output<R, BytesReply>> | Output<R, BytesReply>

export type Handlers<T extends RouteTable> = { [K in keyof T]: Handler<T[K]> }

const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {}

/** Gathers path, query and body into the one flat input that the contract promises, each part validated. */
const inputReader = (route: Route) => {
  const checks = {
    params: route.params && checker(route.params, 'path'),
    query: route.query && checker(route.query, 'query'),
    body: route.body && route.body !== bytes ? checker(route.body, 'body') : undefined,
  }
  return (request: FastifyRequest): Record<string, unknown> => {
    const params = record(request.params)
    if ('*' in params) {
      params['path'] = params['*']
      delete params['*']
    }
    const query = record(request.query)
    checks.params?.(params)
    checks.query?.(query)
    const input = { ...(checks.query ? query : {}), ...params }
    if (!route.body) return input
    if (route.body === bytes) return { ...input, body: request.body ?? request.raw }
    const body = request.body ?? {}
    checks.body?.(body)
    return Array.isArray(body) ? { ...input, body } : { ...body, ...input }
  }
}

const sendBytes = (reply: FastifyReply, content: BytesReply) => {
  reply.status(content.status ?? 200).header('content-type', content.type)
  if (content.sizeBytes !== undefined) reply.header('content-length', content.sizeBytes)
  if (content.fileName !== undefined)
    reply.header(
      'content-disposition',
      `attachment; filename*=UTF-8''${encodeURIComponent(content.fileName)}`,
    )
  for (const [name, value] of Object.entries(content.headers ?? {})) reply.header(name, value)
  return reply.send(content.stream)
}

const mountOne = (http: Http, route: Route, handler: Handler<Route>) => {
  const read = inputReader(route)
  http.app.route({
    method: route.method,
    url: route.path,
    ...(route.bodyLimit === undefined ? {} : { bodyLimit: route.bodyLimit }),
    config: {
      can: route.can,
      bytes: route.body === bytes,
      project: (request) => (request.params as { project?: string } | undefined)?.project,
    },
    handler: async (request, reply) => {
      const aborted = new AbortController()
      reply.raw.once('close', () => aborted.abort())
      const output: unknown = await handler(read(request) as never, {
        actor: request.actor,
        request,
        reply,
        signal: aborted.signal,
      })
      if (reply.sent || reply.raw.headersSent) return reply
      if (route.reply === nothing) return reply.status(204).send()
      if (route.reply === bytes) return sendBytes(reply, output as BytesReply)
      return reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(output))
    },
  })
}

/** Puts a contract's routes into the server: validated, authorised, errors as problem documents. */
export const mount = <T extends RouteTable>(http: Http, routes: T, handlers: Handlers<T>): void => {
  http.tables.push(routes)
  for (const [name, route] of Object.entries(routes))
    mountOne(http, route, handlers[name] as unknown as Handler<Route>)
}
