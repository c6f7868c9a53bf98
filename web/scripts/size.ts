import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { gzipSync } from 'node:zlib'

/** What a browser must fetch before the first page stands, and everything there is to fetch; gzip, except fonts. */
const limits = { entryBytes: 300_000, totalBytes: 1_000_000 }

type Chunk = {
  file: string
  isEntry?: boolean
  imports?: string[]
  css?: string[]
  dynamicImports?: string[]
}
const dist = join(import.meta.dirname, '..', 'dist')
const manifest = JSON.parse(readFileSync(join(dist, 'manifest.json'), 'utf8')) as Record<string, Chunk>

const sizeOf = (file: string): number => {
  const content = readFileSync(join(dist, file))
  return extname(file) === '.woff2' ? content.byteLength : gzipSync(content, { level: 9 }).byteLength
}

/** Static imports of a chunk, with their styles. */
const reach = (name: string, into: Set<string>): void => {
  const chunk = manifest[name]
  if (!chunk || into.has(chunk.file)) return
  into.add(chunk.file)
  for (const style of chunk.css ?? []) into.add(style)
  for (const imported of chunk.imports ?? []) reach(imported, into)
}

/** The entry, the home page that it loads first, one language, and the fonts that are on every page. */
const firstPage = (): Set<string> => {
  const files = new Set<string>(['index.html', 'scheme.js'])
  for (const [name, chunk] of Object.entries(manifest)) if (chunk.isEntry) reach(name, files)
  const home = Object.keys(manifest).find((name) => name.endsWith('pages/home/home.tsx'))
  const language = Object.keys(manifest).find((name) => name.endsWith('text/pt-BR/index.ts'))
  if (!home || !language) throw new Error('The manifest names no home page or no catalogue of pt-BR.')
  reach(home, files)
  reach(language, files)
  for (const file of readdirSync(join(dist, 'assets')))
    if (file.endsWith('.woff2')) files.add(`assets/${file}`)
  return files
}

const all = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name !== 'manifest.json')
  .map((entry) => join(entry.parentPath, entry.name).slice(dist.length + 1))

const rows = all.map((file) => ({ file, bytes: sizeOf(file) })).sort((a, b) => b.bytes - a.bytes)
const first = firstPage()
const entryBytes = rows.filter(({ file }) => first.has(file)).reduce((sum, { bytes }) => sum + bytes, 0)
const totalBytes = rows.reduce((sum, { bytes }) => sum + bytes, 0)

const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`.padStart(10)
for (const { file, bytes } of rows)
  process.stdout.write(`${kilobytes(bytes)}  ${first.has(file) ? '*' : ' '} ${file}\n`)
process.stdout.write(
  `${kilobytes(entryBytes)}    first page (*), limit ${kilobytes(limits.entryBytes).trim()}\n`,
)
process.stdout.write(`${kilobytes(totalBytes)}    everything, limit ${kilobytes(limits.totalBytes).trim()}\n`)
if (entryBytes > limits.entryBytes || totalBytes > limits.totalBytes) {
  process.stderr.write('The pages have grown past their limit.\n')
  process.exitCode = 1
}
