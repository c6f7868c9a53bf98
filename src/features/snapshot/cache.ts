import type { Blobs } from '../../kernel/blobs/blobs.ts'

const limitBytes = 64 * 1024 * 1024

/** Keeps the snapshots that were read last in memory, up to a limit; a larger one is read for each request. */
export const snapshotCache = (blobs: Blobs) => {
  const kept = new Map<string, Buffer>()
  let keptBytes = 0

  const keep = (digest: string, content: Buffer) => {
    if (content.length > limitBytes || kept.has(digest)) return
    kept.set(digest, content)
    keptBytes += content.length
    for (const [oldest, bytes] of kept) {
      if (keptBytes <= limitBytes) return
      kept.delete(oldest)
      keptBytes -= bytes.length
    }
  }
  return async (digest: string): Promise<Buffer> => {
    const found = kept.get(digest)
    if (!found) {
      const content = await blobs.read(digest)
      keep(digest, content)
      return content
    }
    // Back to the young end of the map, which is in order of insertion.
    kept.delete(digest)
    kept.set(digest, found)
    return found
  }
}
