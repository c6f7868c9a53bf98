const limits = { pathBytes: 1024, segmentBytes: 255, depth: 64 }
// Control characters, and the separator of another system: files are laid out on disks of all kinds.
const forbidden = /[\p{Cc}\\]/u

/** What is wrong with a path inside a repository, or undefined. Paths become file names on many machines, so the rules are strict. */
export const pathProblem = (path: string): string | undefined => {
  const shown = JSON.stringify(path)
  if (path === '') return 'A path is empty.'
  if (!path.isWellFormed()) return `${shown} is not valid Unicode.`
  if (forbidden.test(path)) return `${shown} has a backslash or a control character.`
  if (path.startsWith('/')) return `${shown} starts with a slash; paths are relative to the repository.`
  if (Buffer.byteLength(path) > limits.pathBytes)
    return `${shown.slice(0, 80)}… is longer than ${limits.pathBytes} bytes.`
  const segments = path.split('/')
  if (segments.length > limits.depth) return `${shown} has more than ${limits.depth} folders.`
  for (const segment of segments) {
    if (segment === '') return `${shown} has an empty part.`
    if (segment === '.' || segment === '..') return `${shown} has the part ${JSON.stringify(segment)}.`
    if (Buffer.byteLength(segment) > limits.segmentBytes)
      return `A part of ${shown} is longer than ${limits.segmentBytes} bytes.`
  }
  return undefined
}

/** 12 and more hex digits are read as a commit id, so no branch or tag may look like that. */
export const looksLikeCommit = (name: string): boolean => /^[0-9a-f]{12,64}$/.test(name)
