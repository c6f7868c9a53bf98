import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Where an agent keeps what it needs to answer without the server. */
export const homeOf = (home: string) => ({
  blobs: join(home, 'blobs'),
  models: join(home, 'models'),
  spool: join(home, 'spool'),
  refused: join(home, 'refused'),
  desired: join(home, 'desired.json'),
  temporary: join(home, 'tmp'),
})
export type Home = ReturnType<typeof homeOf>

export const hexOf = (digest: string): string => {
  const [, hex] = /^sha256:([0-9a-f]{64})$/.exec(digest) ?? []
  if (hex === undefined) throw new Error(`${JSON.stringify(digest)} is no sha256 digest`)
  return hex
}

export const temporaryPath = (home: Home): string => join(home.temporary, randomBytes(12).toString('hex'))

/** A reader sees the old content or the new one, also after a crash. */
export const writeWhole = async (home: Home, path: string, content: string): Promise<void> => {
  await mkdir(dirname(path), { recursive: true })
  const temporary = temporaryPath(home)
  const file = await open(temporary, 'w')
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
}

export const prepareHome = async (home: Home): Promise<void> => {
  // What a crash left half done has no name yet and is worth nothing.
  await rm(home.temporary, { recursive: true, force: true })
  for (const folder of [home.blobs, home.models, home.spool, home.refused, home.temporary])
    await mkdir(folder, { recursive: true })
}

export const digestOfFile = async (path: string): Promise<string> => {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return `sha256:${hash.digest('hex')}`
}
