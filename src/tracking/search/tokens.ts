import { AppError } from '../../kernel/errors.ts'

export type Token =
  | { is: 'word'; text: string; column: number }
  | { is: 'string'; text: string; column: number }
  | { is: 'number'; value: number; text: string; column: number }
  | { is: 'symbol'; text: string; column: number }

/** Throws `invalid` with the place in the text, counted from 1. */
export const refuse = (message: string, column: number): never => {
  throw new AppError('invalid', `${message} (at character ${column})`, { problems: [{ message, column }] })
}

const quoted = (text: string, start: number): { text: string; end: number } => {
  const quote = text.charAt(start)
  let value = ''
  for (let place = start + 1; place < text.length; place += 1) {
    if (text.charAt(place) !== quote) value += text.charAt(place)
    else if (quote !== '`' && text.charAt(place + 1) === quote) {
      value += quote
      place += 1
    } else return { text: value, end: place + 1 }
  }
  return refuse(`Invalid filter: the ${quote} has no end`, start + 1)
}

const number = /-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])/y
const symbol = />=|<=|!=|<>|=|>|<|\(|\)|,/y
const name = /[\p{L}_][\p{L}\p{N}_\-/:]*/uy

const match = (pattern: RegExp, text: string, start: number): string | undefined => {
  pattern.lastIndex = start
  return pattern.exec(text)?.[0]
}

/** A name with its dotted rest: `metrics.auc`, `` params.`learning rate` ``, `tags."a b"`, `created`. */
const word = (text: string, start: number): { text: string; end: number } | undefined => {
  const parts: string[] = []
  let place = start
  for (;;) {
    const mark = text.charAt(place)
    if (mark === '`' || (mark === '"' && parts.length > 0)) {
      const part = quoted(text, place)
      parts.push(part.text)
      place = part.end
    } else {
      // After the first dot a part may begin with a digit: `metrics.2nd`.
      const part = match(parts.length === 0 ? name : /[\p{L}\p{N}_\-/:]+/uy, text, place)
      if (part === undefined)
        return parts.length === 0 ? undefined : refuse('Invalid filter: a name is missing', place + 1)
      parts.push(part)
      place += part.length
    }
    if (text.charAt(place) !== '.') return { text: parts.join('.'), end: place }
    place += 1
  }
}

const next = (text: string, place: number): { token: Token; end: number } => {
  const column = place + 1
  const digits = match(number, text, place)
  if (digits !== undefined)
    return {
      token: { is: 'number', value: Number(digits), text: digits, column },
      end: place + digits.length,
    }
  const sign = match(symbol, text, place)
  if (sign !== undefined)
    return { token: { is: 'symbol', text: sign === '<>' ? '!=' : sign, column }, end: place + sign.length }
  if (text.charAt(place) === "'" || text.charAt(place) === '"') {
    const found = quoted(text, place)
    return { token: { is: 'string', text: found.text, column }, end: found.end }
  }
  const found = word(text, place)
  if (found) return { token: { is: 'word', text: found.text, column }, end: found.end }
  return refuse(`Invalid filter: ${JSON.stringify(text.charAt(place))} means nothing here`, column)
}

export const tokensOf = (text: string): Token[] => {
  const tokens: Token[] = []
  for (let place = 0; place < text.length;) {
    if (/\s/.test(text.charAt(place))) {
      place += 1
      continue
    }
    const { token, end } = next(text, place)
    tokens.push(token)
    place = end
  }
  return tokens
}
