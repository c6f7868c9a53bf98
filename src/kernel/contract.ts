import { Type, type Static, type TObject, type TSchema, type TUnsafe } from '@sinclair/typebox'
import type { Permission } from './auth/permissions.ts'
import type { ErrorCode } from './errors.ts'

export { Type, type Static, type TObject, type TSchema } from '@sinclair/typebox'

type Marked<Mark extends string> = { readonly mark: Mark }
export type Bytes = TUnsafe<Marked<'bytes'>>
export type Nothing = TUnsafe<Marked<'nothing'>>

/** A body or reply that is a stream of bytes, not JSON. */
export const bytes: Bytes = Type.Unsafe<Marked<'bytes'>>({ type: 'string', format: 'binary' })
/** A reply without a body. */
export const nothing: Nothing = Type.Unsafe<Marked<'nothing'>>({ type: 'null' })

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export type Route = {
  method: Method
  /** `:name` marks a parameter, a last segment `*` the rest of the path (parameter `path`). */
  path: string
  summary: string
  can: Permission | 'public'
  params?: TObject
  query?: TObject
  body?: TSchema
  reply: TSchema
  errors?: readonly ErrorCode[]
  /** Largest accepted body in bytes, where it differs from the server's limit. */
  bodyLimit?: number
}

export type RouteTable = Record<string, Route>

/** Declares a route once: handler types, validation, OpenAPI, client and permission all come from this row. */
export const route = <const R extends Route>(declared: R): R => declared

type Part<S> = S extends TSchema ? Static<S> : unknown
type Simplify<T> = { [K in keyof T]: T[K] } & {}

/** What the caller gives: path parameters, query and body in one flat object. A body of bytes or an array stands under `body`. */
export type Input<R extends Route, Stream = unknown> = Simplify<
  Part<R['params']> & Part<R['query']> & BodyPart<R['body'], Stream>
>
type BodyPart<S, Stream> = S extends Bytes
  ? { body: Stream }
  : S extends TObject
    ? Static<S>
    : S extends TSchema
      ? { body: Static<S> }
      : unknown

/** What the caller gets: the JSON of `reply`, nothing, or a stream of bytes. */
export type Output<R extends Route, Stream = unknown> = R['reply'] extends Nothing
  ? undefined
  : R['reply'] extends Bytes
    ? Stream
    : Static<R['reply']>

export type EventDeclaration<S extends TSchema = TSchema> = { type: string; summary: string; data: S }
/** Declares an event of the ledger once: its type, its data, its line in the documentation. */
export const event = <S extends TSchema>(declared: EventDeclaration<S>): EventDeclaration<S> => declared

export type Definition<S extends TSchema = TSchema> = {
  kind: string
  section: string
  summary: string
  schema: S
}
/** Declares one section of `esteira.yaml`: a map from names to bodies of this schema. */
export const definition = <S extends TSchema>(declared: Definition<S>): Definition<S> => declared

export const Name = Type.String({
  pattern: '^[a-z0-9][a-z0-9._-]{0,99}$',
  description: 'Lower-case letters, digits, dot, underscore and hyphen; at most 100 characters.',
})
export const Digest = Type.String({
  pattern: '^sha256:[0-9a-f]{64}$',
  description: 'SHA-256 of the content.',
})
export const Millis = Type.Integer({ minimum: 0, description: 'Milliseconds since 1970-01-01T00:00Z.' })
export const Page = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
  after: Type.Optional(Type.String({ description: 'The `next` of the page before.' })),
})
export const Project = Type.Object({ project: Name })

export const Actor = Type.Object({ kind: Type.String(), id: Type.String(), name: Type.String() })
export type Actor = Static<typeof Actor>
