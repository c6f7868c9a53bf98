import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import {
  chmod,
  constants,
  copyFile,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { AppError } from '../errors.ts'
import type { Blobs, BlobSource } from './blobs.ts'

const pattern = /^sha256:([0-9a-f]{64})$/

export const digestOf = (content: Uint8Array | string): string =>
  `sha256:${createHash('sha256').update(content).digest('hex')}`

const chunksOf = (source: BlobSource): AsyncIterable<Uint8Array> =>
  source instanceof Readable
    ? source
    : Readable.from([typeof source === 'string' ? Buffer.from(source) : source])

const missing = (digest: string) =>
  new AppError('not_found', `There is no blob ${digest}.`, {
    hint: 'Upload it first, or run `esteira fsck` if it was there.',
  })

const ignoreMissing = (error: NodeJS.ErrnoException) => {
  if (error.code === 'ENOENT') return undefined
  throw error
}

/** Makes a rename durable: the folder's entry is what a power cut would lose. */
const syncFolder = async (folder: string) => {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * Blobs in a folder: `objects/ab/cdef…`. Written beside, synced, then renamed into place, so a reader never sees half a blob
 * and an acknowledged one survives a power cut. Only digests become paths: no client string does.
 */
export const folderBlobs = async (root: string): Promise<Blobs> => {
  const incoming = join(root, 'incoming')
  await mkdir(incoming, { recursive: true })
  // What a killed server was still writing belongs to nobody.
  for (const name of await readdir(incoming)) await rm(join(incoming, name), { force: true })

  const pathOf = (digest: string) => {
    const hex = pattern.exec(digest)?.[1]
    if (!hex)
      throw new AppError('invalid', `${JSON.stringify(digest)} is not a digest.`, {
        hint: 'A digest looks like sha256:<64 hex digits>.',
      })
    return join(root, 'objects', hex.slice(0, 2), hex.slice(2))
  }
  const sizeOf = async (digest: string) => (await stat(pathOf(digest)).catch(ignoreMissing))?.size

  const write = async (source: BlobSource, temporary: string) => {
    const hash = createHash('sha256')
    let sizeBytes = 0
    const file = await open(temporary, 'wx')
    try {
      for await (const chunk of chunksOf(source)) {
        hash.update(chunk)
        sizeBytes += chunk.byteLength
        await file.write(chunk)
      }
      await file.sync()
    } finally {
      await file.close()
    }
    return { digest: `sha256:${hash.digest('hex')}`, sizeBytes }
  }

  return {
    async put(source) {
      if (typeof source === 'string' || source instanceof Uint8Array) {
        const digest = digestOf(source)
        const sizeBytes = Buffer.byteLength(source)
        if ((await sizeOf(digest)) === sizeBytes) return { digest, sizeBytes }
      }
      const temporary = join(incoming, randomUUID())
      try {
        const stored = await write(source, temporary)
        const path = pathOf(stored.digest)
        if ((await sizeOf(stored.digest)) !== stored.sizeBytes) {
          await mkdir(dirname(path), { recursive: true })
          await chmod(temporary, 0o444)
          await rename(temporary, path)
          await syncFolder(dirname(path))
        }
        return stored
      } finally {
        await rm(temporary, { force: true })
      }
    },
    async get(digest, range) {
      if ((await sizeOf(digest)) === undefined) throw missing(digest)
      return createReadStream(pathOf(digest), range)
    },
    async read(digest) {
      const content = await readFile(pathOf(digest)).catch(ignoreMissing)
      if (!content) throw missing(digest)
      return content
    },
    has: async (digest) => (await sizeOf(digest)) !== undefined,
    async stat(digest) {
      const sizeBytes = await sizeOf(digest)
      return sizeBytes === undefined ? undefined : { sizeBytes }
    },
    async materialise(digest, path, { mode = 0o444 } = {}) {
      await mkdir(dirname(path), { recursive: true })
      // A copy (shared where the file system can), not a link: a step that writes to its input must not reach the store.
      const copied = await copyFile(pathOf(digest), path, constants.COPYFILE_FICLONE).then(
        () => true,
        ignoreMissing,
      )
      if (!copied) throw missing(digest)
      await chmod(path, mode)
    },
  }
}
