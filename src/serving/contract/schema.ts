import { Type, type TSchema } from '../../kernel/contract.ts'

export const closed = { additionalProperties: false } as const
export const Whole = Type.Integer({ minimum: 0 })
export const orNull = <S extends TSchema>(schema: S, options: { description?: string } = {}) =>
  Type.Union([schema, Type.Null()], options)

/** One of these words; in JSON Schema an `enum`, which editors complete. */
export const oneOf = <const Word extends string>(
  words: readonly Word[],
  options: { description?: string } = {},
) => Type.Unsafe<Word>({ type: 'string', enum: words, ...options })
