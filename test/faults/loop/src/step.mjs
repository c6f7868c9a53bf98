import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

export const step = JSON.parse(readFileSync(process.env.ESTEIRA_STEP, 'utf8'))

const filesBelow = (path) =>
  statSync(path).isDirectory()
    ? readdirSync(path)
        .sort()
        .flatMap((name) => filesBelow(join(path, name)))
    : [path]

export const digestOf = (path) => {
  const hash = createHash('sha256')
  for (const file of filesBelow(path)) hash.update(readFileSync(file))
  return hash.digest('hex')
}

export const work = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
