import { AppError } from '../kernel/errors.ts'

/** Paths of artifacts are names in a table, never on a disk; they are still kept tame for those who download them to one. */

const refuse = (path: string): never => {
  throw new AppError('invalid', `Invalid path: ${JSON.stringify(path)}`, {
    hint: 'A path is relative, has no empty, `.` or `..` segments, no backslash and no control character.',
  })
}

const decoded = (path: string): string => {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

const isTame = (path: string): boolean =>
  // oxlint-disable-next-line no-control-regex -- control characters are exactly what is looked for
  !/[\\\u0000-\u001f\u007f]/.test(path) &&
  !/^[A-Za-z]:/.test(path) &&
  path.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..')

/** Checks the path of a file, also as a client that decodes it once more would read it. */
export const checkFilePath = (path: string): string => {
  if (path.length > 1000 || !isTame(path) || !isTame(decoded(path))) return refuse(path)
  return path
}

/** The path of a folder; empty is the root. */
export const checkFolderPath = (path: string): string =>
  path === '' ? '' : checkFilePath(path.replace(/\/$/, ''))

export type Listed = {
  path: string
  kind: 'file' | 'directory'
  sizeBytes: number | null
  digest: string | null
}

/** What lies directly below a folder, folders and files in order of name. A path that is a file lists nothing. */
export const listing = (
  files: readonly { path: string; sizeBytes: number; digest: string }[],
  folder: string,
): Listed[] => {
  const prefix = folder === '' ? '' : `${folder}/`
  const found = new Map<string, Listed>()
  for (const file of files) {
    if (!file.path.startsWith(prefix)) continue
    const [name = '', ...deeper] = file.path.slice(prefix.length).split('/')
    const path = `${prefix}${name}`
    found.set(
      path,
      deeper.length > 0
        ? { path, kind: 'directory', sizeBytes: null, digest: null }
        : { path, kind: 'file', sizeBytes: file.sizeBytes, digest: file.digest },
    )
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}
