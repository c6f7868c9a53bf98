import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** How a file is read as a table, by its name; undefined: it is not. */
export const formatOf = (path: string): 'parquet' | 'csv' | undefined =>
  path.endsWith('.parquet') ? 'parquet' : /\.(csv|tsv)$/.test(path) ? 'csv' : undefined

export const isTable = (path: string): boolean => formatOf(path) !== undefined

/** Outputs of steps have no extension; a Parquet file is known by its first bytes. */
export const isParquet = async (path: string): Promise<boolean> => {
  const file = await open(path)
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0)
    return buffer.toString('latin1') === 'PAR1'
  } finally {
    await file.close()
  }
}

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
