import { open, rename, type FileHandle } from 'node:fs/promises'

type Write = { text: string; lines: number; resolve: () => void; reject: (error: Error) => void }

/**
 * One file of capture lines. A line has reached the operating system before its prediction is answered, so a killed agent loses nothing that a
 * caller has seen; `fsync` happens when the segment is sealed. Lines that wait for the disk are written together.
 */
export class Segment {
  readonly id: string
  readonly project: string
  readonly endpoint: string
  readonly #openPath: string
  readonly path: string
  lines = 0
  sizeBytes = 0
  reservedRows = 0
  isClosing = false
  #file: FileHandle | undefined
  #waiting: Write[] = []
  #isWriting = false
  #holds = 0
  readonly #whenSealed: (segment: Segment) => void

  constructor(
    of: { id: string; project: string; endpoint: string; path: string },
    whenSealed: (segment: Segment) => void,
  ) {
    this.id = of.id
    this.project = of.project
    this.endpoint = of.endpoint
    this.path = of.path
    this.#openPath = `${of.path}.open`
    this.#whenSealed = whenSealed
  }

  /** Takes row numbers for one request. The segment stays open until the holder lets go, so that all its lines are in one file. */
  reserve(rows: number): number {
    const first = this.reservedRows
    this.reservedRows += rows
    this.#holds += 1
    return first
  }

  letGo(): void {
    this.#holds -= 1
    void this.#sealIfDone()
  }

  close(): void {
    this.isClosing = true
    void this.#sealIfDone()
  }

  write(lines: string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ text: `${lines.join('\n')}\n`, lines: lines.length, resolve, reject })
      if (!this.#isWriting) void this.#drain()
    })
  }

  async #drain(): Promise<void> {
    this.#isWriting = true
    while (this.#waiting.length > 0) {
      const writes = this.#waiting
      this.#waiting = []
      try {
        await this.#append(Buffer.from(writes.map(({ text }) => text).join('')))
        for (const write of writes) {
          this.lines += write.lines
          write.resolve()
        }
      } catch (error) {
        for (const write of writes) write.reject(error as Error)
      }
    }
    this.#isWriting = false
    await this.#sealIfDone()
  }

  async #append(bytes: Buffer): Promise<void> {
    this.#file ??= await open(this.#openPath, 'a')
    try {
      await this.#file.appendFile(bytes)
      this.sizeBytes += bytes.length
    } catch (error) {
      // A full disk may have taken half a line: cut it off, keep what was acknowledged.
      await this.#file.truncate(this.sizeBytes).catch(() => {})
      this.isClosing = true
      throw error
    }
  }

  async #sealIfDone(): Promise<void> {
    if (!this.isClosing || this.#holds > 0 || this.#isWriting || this.#waiting.length > 0) return
    const file = this.#file
    this.#file = undefined
    if (file !== undefined) {
      await file.sync().catch(() => {})
      await file.close()
      await rename(this.#openPath, this.path)
    }
    this.#whenSealed(this)
  }
}
