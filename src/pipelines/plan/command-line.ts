/** What a command line became, or why it cannot be one. */
export type Words = { argv: string[]; problem?: undefined } | { problem: string; argv?: undefined }

const shellOnly = new Set(['|', '&', ';', '<', '>', '`', '$', '*', '(', ')'])
const blank = /\s/

type Reader = { text: string; at: number; word: string | undefined; argv: string[] }

const readSingleQuoted = (reader: Reader): string | undefined => {
  const end = reader.text.indexOf("'", reader.at + 1)
  if (end === -1) return "A ' is never closed."
  reader.word = (reader.word ?? '') + reader.text.slice(reader.at + 1, end)
  reader.at = end + 1
  return undefined
}

const readDoubleQuoted = (reader: Reader): string | undefined => {
  reader.word ??= ''
  reader.at += 1
  while (reader.at < reader.text.length) {
    const character = reader.text.charAt(reader.at)
    if (character === '"') {
      reader.at += 1
      return undefined
    }
    const next = reader.text.charAt(reader.at + 1)
    const escaped = character === '\\' && (next === '"' || next === '\\')
    reader.word += escaped ? next : character
    reader.at += escaped ? 2 : 1
  }
  return 'A " is never closed.'
}

const readExpression = (reader: Reader): string | undefined => {
  const end = reader.text.indexOf('}}', reader.at)
  if (end === -1) return 'A ${{ is never closed.'
  reader.word = (reader.word ?? '') + reader.text.slice(reader.at, end + 2)
  reader.at = end + 2
  return undefined
}

const readPlain = (reader: Reader): string | undefined => {
  const character = reader.text.charAt(reader.at)
  if (blank.test(character)) {
    if (reader.word !== undefined) reader.argv.push(reader.word)
    reader.word = undefined
    reader.at += 1
    return undefined
  }
  if (shellOnly.has(character))
    return `No shell reads this line, so ${character} has no meaning here. Quote it, or write [sh, -c, "…"] to ask for a shell.`
  const escaped = character === '\\' && reader.at + 1 < reader.text.length
  reader.word = (reader.word ?? '') + (escaped ? reader.text.charAt(reader.at + 1) : character)
  reader.at += escaped ? 2 : 1
  return undefined
}

const readNext = (reader: Reader): string | undefined => {
  const character = reader.text.charAt(reader.at)
  if (character === "'") return readSingleQuoted(reader)
  if (character === '"') return readDoubleQuoted(reader)
  if (reader.text.startsWith('${{', reader.at)) return readExpression(reader)
  return readPlain(reader)
}

/**
 * Splits a command line into its words by the quoting rules of a POSIX shell, without a shell: nothing is expanded, and a
 * character that only a shell would act upon is a problem instead of a surprise. `${{ … }}` is one piece whatever it holds.
 */
export const splitCommandLine = (text: string): Words => {
  const reader: Reader = { text, at: 0, word: undefined, argv: [] }
  while (reader.at < text.length) {
    const problem = readNext(reader)
    if (problem !== undefined) return { problem }
  }
  if (reader.word !== undefined) reader.argv.push(reader.word)
  return reader.argv.length === 0 ? { problem: 'The command is empty.' } : { argv: reader.argv }
}
