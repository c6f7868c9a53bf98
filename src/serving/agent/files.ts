import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { access, copyFile, link, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Transform, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { DesiredVariant } from '../contract.ts'
import { digestOfFile, hexOf, temporaryPath, type Home } from './disk.ts'

export type Files = {
  /** The local path of a blob, fetched and verified if it is not here yet. */
  blob: (digest: string) => Promise<string>
  /** A folder with the files of a variant. */
  model: (variant: DesiredVariant) => Promise<string>
  /** Removes what nothing needs any more. */
  keepOnly: (digests: Set<string>) => Promise<void>
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

const safePath = (path: string): string => {
  const parts = path.split('/')
  const isSafe = parts.every((part) => part !== '' && part !== '.' && part !== '..' && !/[\\:\0]/.test(part))
  if (!isSafe)
    throw new Error(
      `the model has a file with the path ${JSON.stringify(path)}, which leads outside its folder`,
    )
  return path
}

/** Streams a blob to disk while hashing it; it gets its name only when the digest is right. */
const receive = async (home: Home, digest: string, source: Readable): Promise<string> => {
  const temporary = temporaryPath(home)
  const hash = createHash('sha256')
  const hashing = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk)
      done(null, chunk)
    },
  })
  try {
    await pipeline(source, hashing, createWriteStream(temporary, { flush: true }))
    const found = `sha256:${hash.digest('hex')}`
    if (found !== digest) throw new Error(`blob ${digest} arrived damaged: its content has ${found}`)
    const path = join(home.blobs, hexOf(digest))
    await rename(temporary, path)
    return path
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

export const modelFiles = (home: Home, fetchBlob: (digest: string) => Promise<Readable>): Files => {
  const running = new Map<string, Promise<string>>()
  /** What this process has read and found whole; a restarted agent checks its disk once. */
  const verified = new Set<string>()
  /** Folders that this process has built from verified blobs. */
  const built = new Set<string>()
  const building = new Map<string, Promise<string>>()

  const obtain = async (digest: string): Promise<string> => {
    const path = join(home.blobs, hexOf(digest))
    if (await exists(path)) {
      if (verified.has(digest) || (await digestOfFile(path)) === digest) return path
      await rm(path, { force: true })
    }
    return receive(home, digest, await fetchBlob(digest))
  }

  const blob = (digest: string): Promise<string> => {
    const known = running.get(digest)
    if (known) return known
    const started = obtain(digest)
      .then((path) => (verified.add(digest), path))
      .finally(() => running.delete(digest))
    running.set(digest, started)
    return started
  }

  const place = async (from: string, to: string): Promise<void> => {
    await mkdir(dirname(to), { recursive: true })
    // A hard link costs nothing; a file system without them gets a copy.
    await link(from, to).catch(() => copyFile(from, to))
  }

  const build = async ({ files, tree }: DesiredVariant): Promise<string> => {
    const folder = join(home.models, hexOf(files))
    const paths = await Promise.all(
      tree.map(async ({ path, digest }) => ({ path: safePath(path), blob: await blob(digest) })),
    )
    if (built.has(files) && (await exists(folder))) return folder
    // Left by an earlier process: its files may be other than the blobs that were verified just now.
    await rm(folder, { recursive: true, force: true })
    const temporary = temporaryPath(home)
    await mkdir(temporary)
    for (const { path, blob } of paths) await place(blob, join(temporary, path))
    await rename(temporary, folder)
    built.add(files)
    return folder
  }

  /** Releases of the same version share their folder; it is built once. */
  const model = (variant: DesiredVariant): Promise<string> => {
    const known = building.get(variant.files)
    if (known) return known
    const started = build(variant).finally(() => building.delete(variant.files))
    building.set(variant.files, started)
    return started
  }

  const keepOnly = async (digests: Set<string>): Promise<void> => {
    const names = new Set([...digests].map(hexOf))
    for (const parent of [home.models, home.blobs])
      for (const name of await readdir(parent))
        if (!names.has(name) && (await stat(join(parent, name)).catch(() => undefined)))
          await rm(join(parent, name), { recursive: true, force: true })
    for (const digest of verified) if (!digests.has(digest)) verified.delete(digest)
  }

  return { blob, model, keepOnly }
}

/** The file to load: `model.onnx`, else the only `.onnx` there is. */
export const onnxFileOf = ({ tree }: DesiredVariant): string => {
  const candidates = tree.map(({ path }) => path).filter((path) => path.endsWith('.onnx'))
  const [only] = candidates
  if (candidates.includes('model.onnx')) return 'model.onnx'
  if (candidates.length === 1 && only !== undefined) return only
  throw new Error(
    candidates.length === 0
      ? 'the version has no .onnx file'
      : `the version has several .onnx files and none is model.onnx: ${candidates.join(', ')}`,
  )
}
