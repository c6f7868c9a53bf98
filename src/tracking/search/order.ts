import { AppError } from '../../kernel/errors.ts'
import { tokensOf } from './tokens.ts'
import { type Field, fieldOf, type Vocabulary } from './vocabulary.ts'

export type Order = { field: Field; direction: 'asc' | 'desc' }

const fault = (clause: string, why: string): never => {
  throw new AppError('invalid', `Invalid order_by clause '${clause}'. ${why}`, {
    hint: 'Write a field and then asc or desc, for example `metrics.auc desc`.',
  })
}

const parseClause = (clause: string, vocabulary: Vocabulary): Order => {
  const [name, direction, ...rest] = tokensOf(clause)
  if (!name || rest.length > 0 || (name.is !== 'word' && name.is !== 'string'))
    return fault(clause, 'Could not be parsed.')
  const written = direction === undefined ? 'asc' : 'text' in direction ? direction.text.toLowerCase() : ''
  if (written !== 'asc' && written !== 'desc') return fault(clause, 'Invalid ordering key.')
  return { field: fieldOf(name.text, vocabulary, name.column), direction: written }
}

/** Reads `["metrics.auc DESC", "start_time"]`. A field that is named twice is refused. */
export const parseOrder = (clauses: readonly string[], vocabulary: Vocabulary): Order[] => {
  const orders = clauses.map((clause) => parseClause(clause, vocabulary))
  const seen = new Set<string>()
  for (const { field } of orders) {
    const name = `${field.kind}.${field.key}`
    if (seen.has(name))
      throw new AppError('invalid', `\`order_by\` contains duplicate fields: ${name}`, {
        hint: 'Name each field once.',
      })
    seen.add(name)
  }
  return orders
}

/** Splits `metrics.auc desc, start_time` at commas outside quotes. */
export const splitOrder = (text: string | undefined): string[] =>
  text === undefined || text.trim() === ''
    ? []
    : (text.match(/(?:`[^`]*`|"[^"]*"|'[^']*'|[^,])+/g) ?? []).map((clause) => clause.trim())
