import { AppError } from '../../kernel/errors.ts'

const advice = 'See the API docs for more information about request parameters.'

const typeName = (value: unknown): string => {
  if (value === null) return 'NoneType'
  if (Array.isArray(value)) return 'list'
  if (typeof value === 'string') return 'str'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float'
  return 'dict'
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Reads the fields of an MLflow request, from a JSON body or a query string, by the rules of protobuf's JSON:
 * unknown fields are ignored, null and empty count as missing, 64-bit integers may come as text.
 * The wording of the faults is what MLflow's own tests look for.
 */
export class Fields {
  private readonly values: Readonly<Record<string, unknown>>
  private readonly path: string

  constructor(values: unknown, path = '') {
    this.values = isRecord(values) ? values : {}
    this.path = path
  }

  private at(name: string): string {
    return `${this.path}${name}`
  }

  private get(name: string): unknown {
    const value = Object.hasOwn(this.values, name) ? this.values[name] : undefined
    return value === null || value === '' ? undefined : value
  }

  has(name: string): boolean {
    return this.get(name) !== undefined
  }

  missing(name: string): never {
    throw new AppError('invalid', `Missing value for required parameter '${this.at(name)}'. ${advice}`)
  }

  invalid(name: string, value: unknown): never {
    throw new AppError(
      'invalid',
      `Invalid value ${JSON.stringify(value)} for parameter '${this.at(name)}' supplied: Hint: Value was of type '${typeName(value)}'. ${advice}`,
    )
  }

  /** A text that may be empty, for values. */
  value(name: string): string {
    const value = this.values[name]
    if (value === undefined || value === null) return ''
    return typeof value === 'string' ? value : this.invalid(name, value)
  }

  optionalText(name: string): string | undefined {
    const value = this.get(name)
    return value === undefined || typeof value === 'string' ? value : this.invalid(name, value)
  }

  text(name: string): string {
    return this.optionalText(name) ?? this.missing(name)
  }

  optionalInteger(name: string): number | undefined {
    const value = this.get(name)
    if (value === undefined) return undefined
    const read =
      typeof value === 'number'
        ? value
        : typeof value === 'string' && /^-?\d+$/.test(value)
          ? Number(value)
          : NaN
    return Number.isSafeInteger(read) ? read : this.invalid(name, value)
  }

  integer(name: string): number {
    return this.optionalInteger(name) ?? this.missing(name)
  }

  /** How many results a page holds; beyond the limit is refused, as MLflow does. */
  pageSize(name: string, { standard, most }: { standard: number; most: number }): number {
    const size = this.optionalInteger(name) ?? standard
    if (size < 1 || size > most)
      throw new AppError(
        'invalid',
        `Invalid value ${size} for parameter '${this.at(name)}' supplied: It must be at least 1 and at most ${most}. ${advice}`,
      )
    return size
  }

  /** A name of an enum, given as itself or by its number in the protocol. */
  enumName(name: string, names: readonly string[], firstNumber = 0): string {
    const value = this.get(name)
    if (value === undefined) return this.missing(name)
    if (typeof value === 'string' && names.includes(value)) return value
    const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
    return (typeof number === 'number' ? names[number - firstNumber] : undefined) ?? this.invalid(name, value)
  }

  flag(name: string): boolean {
    const value = this.get(name)
    if (value === undefined) return false
    if (value === true || value === 'true') return true
    return value === false || value === 'false' ? false : this.invalid(name, value)
  }

  /** A metric's value: a number, or one of the texts that JSON needs for what is no number. */
  number(name: string): number | 'NaN' | 'Infinity' | '-Infinity' {
    const value = this.get(name)
    if (value === undefined) return this.missing(name)
    if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return value
    const read = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    return typeof read === 'number' && Number.isFinite(read)
      ? read
      : this.invalid(name, value === Infinity ? '1e999' : value)
  }

  /** A JSON document inside a text. */
  json(name: string): unknown {
    const text = this.text(name)
    try {
      return JSON.parse(text)
    } catch {
      return this.invalid(name, text)
    }
  }

  texts(name: string): string[] {
    const value = this.get(name)
    if (value === undefined) return []
    // A query string with one value can't be told from a list of one.
    const list: unknown[] = Array.isArray(value)
      ? value
      : typeof value === 'string'
        ? [value]
        : this.invalid(name, value)
    return list.map((one) => (typeof one === 'string' ? one : this.invalid(name, value)))
  }

  list(name: string): Fields[] {
    const value = this.get(name)
    if (value === undefined) return []
    if (!Array.isArray(value)) return this.invalid(name, value)
    return value.map((one: unknown, index) =>
      isRecord(one) ? new Fields(one, `${this.at(name)}[${index}].`) : this.invalid(`${name}[${index}]`, one),
    )
  }

  object(name: string): Fields {
    const value = this.get(name)
    return value === undefined || isRecord(value)
      ? new Fields(value, `${this.at(name)}.`)
      : this.invalid(name, value)
  }
}

export const pairsIn = (fields: readonly Fields[]): { key: string; value: string }[] =>
  fields.map((field) => ({ key: field.text('key'), value: field.value('value') }))

export const recordIn = (fields: readonly Fields[]): Record<string, string> =>
  Object.fromEntries(pairsIn(fields).map(({ key, value }) => [key, value]))

/** The list that a tag holds as JSON; clients may write anything there, and what is no list counts as an empty one. */
export const listIn = (text: string | undefined): unknown[] => {
  try {
    const parsed: unknown = JSON.parse(text ?? '[]')
    return Array.isArray(parsed) ? parsed : []
  } catch {
    return []
  }
}
