const special = /[.+^${}()|[\]\\]/g

const patternOf = (glob: string): RegExp => {
  const parts = glob.split(/(\*\*\/|\*\*|\*|\?)/).map((part) => {
    if (part === '**/') return '(?:[^/]+/)*'
    if (part === '**') return '.*'
    if (part === '*') return '[^/]*'
    if (part === '?') return '[^/]'
    return part.replace(special, '\\$&')
  })
  return new RegExp(`^${parts.join('')}$`, 's')
}

/**
 * The glob language of feature views and triggers: `*` and `?` stay inside one folder, `**` crosses folders,
 * every other character is itself.
 * @example globMatcher('history/**')('history/2013/01.parquet') // true
 */
export const globMatcher = (glob: string): ((path: string) => boolean) => {
  const pattern = patternOf(glob)
  return (path) => pattern.test(path)
}
