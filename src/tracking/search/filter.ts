import { refuse, type Token, tokensOf } from './tokens.ts'
import { type Field, fieldOf, isNumeric, type Vocabulary } from './vocabulary.ts'

/**
 * The search grammar: MLflow's (`metrics.auc > 0.7 and params.units = 'imperial'`), and what its users ask for:
 * `or` and parentheses. `and` binds more tightly than `or`.
 */
type Operator =
  | '='
  | '!='
  | '>'
  | '>='
  | '<'
  | '<='
  | 'like'
  | 'ilike'
  | 'in'
  | 'not in'
  | 'is null'
  | 'is not null'

export type Comparison = {
  is: 'comparison'
  field: Field
  operator: Operator
  value: string | number | string[] | null
}
export type Filter = Comparison | { is: 'and' | 'or'; terms: Filter[] }

/** Bounds the SQL that one request can make. */
const maxComparisons = 200
const maxDepth = 50

const numericOperators: readonly string[] = ['=', '!=', '>', '>=', '<', '<=']
const textOperators: readonly string[] = ['=', '!=', 'like', 'ilike']

class Reader {
  private readonly tokens: readonly Token[]
  private readonly length: number
  private place = 0
  private comparisons = 0

  constructor(text: string) {
    this.tokens = tokensOf(text)
    this.length = text.length
  }

  peek(): Token | undefined {
    return this.tokens[this.place]
  }

  take(wanted: string): Token {
    const token = this.tokens[this.place]
    if (!token) return refuse(`Invalid filter: ${wanted} is missing at the end`, this.length + 1)
    this.place += 1
    return token
  }

  /** Takes the next token if it is this keyword. */
  keyword(word: string): boolean {
    const token = this.peek()
    if (token?.is !== 'word' || token.text.toLowerCase() !== word) return false
    this.place += 1
    return true
  }

  symbol(text: string): boolean {
    const token = this.peek()
    if (token?.is !== 'symbol' || token.text !== text) return false
    this.place += 1
    return true
  }

  count(column: number): void {
    this.comparisons += 1
    if (this.comparisons > maxComparisons)
      refuse(`Invalid filter: more than ${maxComparisons} comparisons`, column)
  }
}

const readOperator = (reader: Reader): { operator: Operator; column: number } => {
  const column = reader.peek()?.column ?? 0
  if (reader.keyword('like')) return { operator: 'like', column }
  if (reader.keyword('ilike')) return { operator: 'ilike', column }
  if (reader.keyword('in')) return { operator: 'in', column }
  if (reader.keyword('not'))
    return reader.keyword('in')
      ? { operator: 'not in', column }
      : refuse('Invalid filter: `in` must follow `not`', column)
  if (reader.keyword('is')) {
    const operator = reader.keyword('not') ? 'is not null' : 'is null'
    return reader.keyword('null')
      ? { operator, column }
      : refuse('Invalid filter: `null` must follow `is`', column)
  }
  const token = reader.take('a comparison operator')
  if (token.is === 'symbol' && numericOperators.includes(token.text))
    return { operator: token.text as Operator, column }
  return refuse('Invalid filter: a comparison operator is expected', token.column)
}

const readList = (reader: Reader): string[] => {
  const open = reader.take('a list')
  if (open.is !== 'symbol' || open.text !== '(')
    return refuse(
      'While parsing a list in the query, expected a non-empty list of string values',
      open.column,
    )
  const values: string[] = []
  do {
    const token = reader.take('a value of the list')
    if (token.is !== 'string')
      return refuse(
        'While parsing a list in the query, expected a non-empty list of string values',
        token.column,
      )
    values.push(token.text)
  } while (reader.symbol(','))
  if (!reader.symbol(')'))
    return refuse('Invalid filter: the list has no `)`', reader.peek()?.column ?? open.column)
  return values
}

const describe = ({ kind, key }: Field) =>
  kind === 'attribute' ? `attribute ${key}` : `${kind} ${JSON.stringify(key)}`

const readValue = (reader: Reader, field: Field, numeric: boolean): string | number => {
  const token = reader.take('a value')
  if (numeric)
    return token.is === 'number'
      ? token.value
      : refuse(
          `Expected numeric value type for ${describe(field)}. Found ${'text' in token ? token.text : ''}`,
          token.column,
        )
  return token.is === 'string'
    ? token.text
    : refuse(
        `Expected a quoted string value for ${describe(field)} (e.g. 'my-value'). Got value ${token.text}`,
        token.column,
      )
}

const takesList = ({ kind, key }: Field, vocabulary: Vocabulary) =>
  kind === 'dataset' || (kind === 'attribute' && vocabulary.lists.includes(key))

const readComparison = (reader: Reader, vocabulary: Vocabulary): Comparison => {
  const token = reader.take('a comparison')
  if (token.is !== 'word') return refuse("Invalid comparison clause. Expected 'Identifier'", token.column)
  reader.count(token.column)
  const field = fieldOf(token.text, vocabulary, token.column)
  const { operator, column } = readOperator(reader)
  const made = (value: Comparison['value']): Comparison => ({ is: 'comparison', field, operator, value })
  if (operator === 'is null' || operator === 'is not null')
    return field.kind === 'tag' || field.kind === 'param'
      ? made(null)
      : refuse(
          `IS NULL / IS NOT NULL is only supported for tags and params, not for ${describe(field)}`,
          column,
        )
  if (operator === 'in' || operator === 'not in')
    return takesList(field, vocabulary)
      ? made(readList(reader))
      : refuse(
          `Only ${vocabulary.lists.join(', ')} support comparison with a list of quoted string values.`,
          column,
        )
  const numeric = isNumeric(field, vocabulary)
  if (!(numeric ? numericOperators : textOperators).includes(operator))
    return refuse(`Invalid comparator '${operator}' for ${describe(field)}`, column)
  return made(readValue(reader, field, numeric))
}

const joined = (is: 'and' | 'or', terms: Filter[]): Filter => {
  const [only, ...others] = terms
  return only && others.length === 0 ? only : { is, terms }
}

const readTerm = (reader: Reader, vocabulary: Vocabulary, depth: number): Filter => {
  const column = reader.peek()?.column ?? 0
  if (!reader.symbol('(')) return readComparison(reader, vocabulary)
  if (depth > maxDepth)
    return refuse(`Invalid filter: more than ${maxDepth} parentheses inside each other`, column)
  const inner = readAny(reader, vocabulary, depth + 1)
  if (!reader.symbol(')')) return refuse('Invalid filter: the `(` has no `)`', column)
  return inner
}

const readAll = (reader: Reader, vocabulary: Vocabulary, depth: number): Filter => {
  const terms = [readTerm(reader, vocabulary, depth)]
  while (reader.keyword('and')) terms.push(readTerm(reader, vocabulary, depth))
  return joined('and', terms)
}

const readAny = (reader: Reader, vocabulary: Vocabulary, depth: number): Filter => {
  const terms = [readAll(reader, vocabulary, depth)]
  while (reader.keyword('or')) terms.push(readAll(reader, vocabulary, depth))
  return joined('or', terms)
}

/** The filter that a text says; undefined when it says nothing. Throws `invalid` with the place of the mistake. */
export const parseFilter = (text: string | undefined, vocabulary: Vocabulary): Filter | undefined => {
  if (text === undefined || text.trim() === '') return undefined
  const reader = new Reader(text)
  const filter = readAny(reader, vocabulary, 0)
  const rest = reader.peek()
  if (rest) return refuse(`Invalid clause(s) in filter string: ${text.slice(rest.column - 1)}`, rest.column)
  return filter
}

const identifier = ({ kind, key }: Field) => (kind === 'attribute' ? key : `${kind}s.\`${key}\``)
const literal = (value: string | number) =>
  typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`

/** The text of a filter, which reads back as the same filter. */
export const printFilter = (filter: Filter): string => {
  if (filter.is !== 'comparison')
    return filter.terms
      .map((term) => (term.is === 'comparison' ? printFilter(term) : `(${printFilter(term)})`))
      .join(` ${filter.is} `)
  const { field, operator, value } = filter
  const right =
    value === null ? '' : Array.isArray(value) ? ` (${value.map(literal).join(', ')})` : ` ${literal(value)}`
  return `${identifier(field)} ${operator}${right}`
}
