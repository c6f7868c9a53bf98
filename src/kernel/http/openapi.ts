import type { TSchema } from '@sinclair/typebox'
import { bytes, nothing, type Route, type RouteTable } from '../contract.ts'
import { statusOf } from '../errors.ts'
import { ProblemDocument } from '../problem.ts'

type Json = Record<string, unknown>

const plain = (schema: TSchema): Json => JSON.parse(JSON.stringify(schema)) as Json

const parametersOf = (schema: TSchema | undefined, place: 'path' | 'query') =>
  Object.entries((schema?.properties ?? {}) as Record<string, TSchema>).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || ((schema?.required as string[] | undefined) ?? []).includes(name),
    ...(property.description ? { description: property.description } : {}),
    schema: plain(property),
  }))

const content = (schema: TSchema): Json =>
  schema === bytes
    ? { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } }
    : { 'application/json': { schema: plain(schema) } }

const problem = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }

const repliesOf = (route: Route): Json => {
  const codes = new Set([
    ...(route.errors ?? []),
    'invalid' as const,
    'internal' as const,
    ...(route.can === 'public' ? [] : (['unauthenticated', 'forbidden'] as const)),
  ])
  const replies: Json =
    route.reply === nothing
      ? { 204: { description: 'Done.' } }
      : { 200: { description: 'Done.', content: content(route.reply) } }
  for (const code of codes) replies[String(statusOf[code])] = { description: code, content: problem }
  return replies
}

/** OpenAPI spells parameters `{name}`; a trailing `*` is the rest of the path. */
const openapiPath = (path: string) => path.replace(/\/\*$/, '/{path}').replaceAll(/:(\w+)/g, '{$1}')

/** The OpenAPI 3.1 document of everything mounted: made from the contracts, so it cannot say anything else. */
export const openapi = (tables: readonly RouteTable[], version: string): Json => {
  const paths: Record<string, Json> = {}
  for (const table of tables)
    for (const [name, route] of Object.entries(table)) {
      const item = (paths[openapiPath(route.path)] ??= {})
      item[route.method.toLowerCase()] = {
        operationId: name in item ? `${name}_${route.method.toLowerCase()}` : name,
        summary: route.summary,
        tags: [
          route.path
            .split('/')
            .find(
              (part) =>
                part !== '' &&
                part !== 'api' &&
                part !== 'v1' &&
                part !== 'projects' &&
                !part.startsWith(':'),
            ) ?? 'esteira',
        ],
        'x-esteira-permission': route.can,
        parameters: [...parametersOf(route.params, 'path'), ...parametersOf(route.query, 'query')],
        ...(route.body ? { requestBody: { required: true, content: content(route.body) } } : {}),
        responses: repliesOf(route),
      }
    }
  return {
    openapi: '3.1.0',
    info: { title: 'Esteira', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    security: [{ bearer: [] }],
    paths,
    components: {
      schemas: { Problem: plain(ProblemDocument) },
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
    },
  }
}
