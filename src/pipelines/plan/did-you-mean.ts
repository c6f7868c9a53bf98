import { nearest } from '../../kernel/nearest.ts'

/** A hint for an unknown word: the nearest known one, or all of them. */
export const didYouMean = (word: string, known: readonly string[]): string => {
  const near = nearest(word, known)
  if (near !== undefined) return `Did you mean ${near}?`
  return known.length === 0 ? 'None is declared.' : `Known: ${known.join(', ')}.`
}
