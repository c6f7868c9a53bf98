import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { en } from '../src/text/en/index.ts'
import { ptBR } from '../src/text/pt-BR/index.ts'

/** Checks that both catalogues have the same keys and the same places to fill in, and that every key is used. */
const source = join(import.meta.dirname, '..', 'src')
const faults: string[] = []

/** Names in braces: `{n, plural, …}` and `{name}` alike. */
const places = (text: string): string =>
  [...new Set([...text.matchAll(/\{(\w+)(?=[,}])/g)].map(([, name]) => name))].sort().join(', ')

const english: Record<string, string> = en
const portuguese: Record<string, string> = ptBR
for (const [key, text] of Object.entries(english)) {
  const other = portuguese[key]
  if (other === undefined) faults.push(`pt-BR lacks ${key}`)
  else if (places(text) !== places(other))
    faults.push(`${key} fills in «${places(text)}» in en, «${places(other)}» in pt-BR`)
  if (text.trim() === '' || other?.trim() === '') faults.push(`${key} is empty`)
}
for (const key of Object.keys(portuguese)) if (!(key in english)) faults.push(`en lacks ${key}`)

const code = readdirSync(source, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !entry.parentPath.includes('/text/'))
  .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
  .join('\n')
/** A key that is put together from a value («status.…») counts as used when its first part stands in a template. */
const stems = new Set([...code.matchAll(/`([\w.]+\.)\$\{/g)].map(([, stem]) => stem ?? ''))
for (const key of Object.keys(english)) {
  const isBuilt = [...stems].some((stem) => key.startsWith(stem))
  if (!isBuilt && !code.includes(`'${key}'`)) faults.push(`nothing uses ${key}`)
}

for (const fault of faults) process.stderr.write(`${fault}\n`)
process.stdout.write(`${Object.keys(english).length} texts in 2 languages, ${faults.length} faults\n`)
if (faults.length > 0) process.exitCode = 1
