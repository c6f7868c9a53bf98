import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Paths of all files below a folder, relative to it, with slashes, in a fixed order. */
export const filesBelow = async (folder: string, prefix = ''): Promise<string[]> => {
  const found: string[] = []
  const entries = await readdir(join(folder, prefix), { withFileTypes: true })
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = `${prefix}${entry.name}`
    if (entry.isDirectory()) found.push(...(await filesBelow(folder, `${path}/`)))
    else found.push(path)
  }
  return found
}
