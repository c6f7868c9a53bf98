import type { Readable } from 'node:stream'

export type BlobSource = Readable | Uint8Array | string
export type BlobRange = { start?: number; end?: number }
export type StoredBlob = { digest: string; sizeBytes: number }

/** Bytes under their SHA-256: stored once, never changed, never seen half-written. */
export type Blobs = {
  put(source: BlobSource): Promise<StoredBlob>
  /** The bytes from `start` to `end` (both inclusive). Throws `not_found`. */
  get(digest: string, range?: BlobRange): Promise<Readable>
  /** All bytes at once: for small blobs. Throws `not_found`. */
  read(digest: string): Promise<Buffer>
  has(digest: string): Promise<boolean>
  stat(digest: string): Promise<{ sizeBytes: number } | undefined>
  /** Puts the blob's bytes at a local path, sharing storage where the file system can. Default mode: read-only. */
  materialise(digest: string, path: string, options?: { mode?: number }): Promise<void>
}
