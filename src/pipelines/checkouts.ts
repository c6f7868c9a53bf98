import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Blobs } from '../kernel/blobs/blobs.ts'
import { materialiseTree } from '../kernel/blobs/tree.ts'
import { AppError } from '../kernel/errors.ts'
import type { OutputKind } from './contract.ts'

export type Checkouts = {
  /** A local path with the content, shared by all who read it. Throws `not_found` when a blob is gone. */
  pathOf(artifact: { digest: string; kind: OutputKind }): Promise<string>
  /** A folder with nothing in it, for steps of a project without code. */
  empty(): Promise<string>
}

/** Code and inputs as read-only files by digest: each is laid out once, beside, and moved into place whole. */
export const checkouts = (root: string, blobs: Blobs): Checkouts => {
  const going = new Map<string, Promise<string>>()
  const layOut = async (digest: string, kind: OutputKind, place: string): Promise<string> => {
    const temporary = join(root, `.${randomUUID()}`)
    await mkdir(root, { recursive: true })
    try {
      if (kind === 'directory') await materialiseTree(blobs, digest, temporary)
      else await blobs.materialise(digest, temporary)
      if (!existsSync(place)) await rename(temporary, place)
    } finally {
      await rm(temporary, { recursive: true, force: true })
    }
    return place
  }
  return {
    pathOf({ digest, kind }) {
      const [, hex] = /^sha256:([0-9a-f]{64})$/.exec(digest) ?? []
      if (hex === undefined) throw new AppError('invalid', `${JSON.stringify(digest)} is not a digest.`)
      const place = join(root, kind === 'directory' ? hex : `${hex}.file`)
      if (existsSync(place)) return Promise.resolve(place)
      const known = going.get(place) ?? layOut(digest, kind, place).finally(() => going.delete(place))
      going.set(place, known)
      return known
    },
    async empty() {
      const place = join(root, 'empty')
      await mkdir(place, { recursive: true })
      return place
    },
  }
}
