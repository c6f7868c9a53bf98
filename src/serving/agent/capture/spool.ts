import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { Segment } from './segment.ts'

export type SealedSegment = {
  id: string
  project: string
  endpoint: string
  path: string
  sizeBytes: number
  lines?: number
}
/** The place of one request's lines. `id(row)` is the prediction id. */
export type Ticket = {
  id: (row: number) => string
  write: (lines: string[]) => Promise<void>
  letGo: () => void
}

export type SpoolOptions = {
  folder: string
  segmentMs: number
  limitBytes: number
  now: () => number
  whenSealed: () => void
}

const segmentLines = 10_000
const segmentBytes = 16 * 1024 * 1024

/** Time first, so that names sort by age; random after, so that two agents or a restarted one never meet. */
const segmentId = (now: number): string =>
  `${now.toString(36).padStart(9, '0')}-${randomBytes(8).toString('hex')}`

export class Spool {
  readonly #options: SpoolOptions
  readonly #open = new Map<string, Segment>()
  readonly #folders = new Map<string, Promise<unknown>>()
  #sealed: SealedSegment[] = []
  #closing: (() => void) | undefined
  /** Requests whose capture could not be kept, because the disk or the spool was full. */
  lost = 0

  constructor(options: SpoolOptions) {
    this.#options = options
  }

  get sizeBytes(): number {
    const open = [...this.#open.values()].reduce((sum, segment) => sum + segment.sizeBytes, 0)
    return this.#sealed.reduce((sum, segment) => sum + segment.sizeBytes, open)
  }

  get waiting(): number {
    return this.#sealed.length
  }

  /** Finds what an earlier process left: sealed segments, and open ones whose last line may be torn. */
  async recover(): Promise<void> {
    for (const project of await readdir(this.#options.folder))
      for (const endpoint of await readdir(join(this.#options.folder, project))) {
        const folder = join(this.#options.folder, project, endpoint)
        for (const name of await readdir(folder)) {
          const found = await this.#recoverFile(folder, name)
          if (found) this.#sealed.push({ ...found, project, endpoint })
        }
      }
    this.#sealed.sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  async #recoverFile(
    folder: string,
    name: string,
  ): Promise<Omit<SealedSegment, 'project' | 'endpoint'> | undefined> {
    const path = join(folder, name.replace(/\.open$/, ''))
    if (name.endsWith('.open')) {
      const whole = (await readFile(join(folder, name))).lastIndexOf(10) + 1
      if (whole === 0) {
        await rm(join(folder, name))
        return undefined
      }
      await truncate(join(folder, name), whole)
      await rename(join(folder, name), path)
    }
    return { id: name.replace(/\.ndjson(\.open)?$/, ''), path, sizeBytes: (await stat(path)).size }
  }

  reserve(project: string, endpoint: string, rows: number): Ticket {
    const segment = this.#segmentFor(project, endpoint)
    const first = segment.reserve(rows)
    const ready = this.#folders.get(`${project}/${endpoint}`)
    const isFull = this.sizeBytes > this.#options.limitBytes
    if (segment.reservedRows >= segmentLines || segment.sizeBytes >= segmentBytes) this.#close(segment)
    return {
      id: (row) => `${segment.id}.${first + row}`,
      write: async (lines) => {
        // The oldest are kept: they are what monitoring is still waiting for.
        if (isFull) throw new Error('the spool is full')
        await ready
        await segment.write(lines)
      },
      letGo: () => segment.letGo(),
    }
  }

  #segmentFor(project: string, endpoint: string): Segment {
    const key = `${project}/${endpoint}`
    const known = this.#open.get(key)
    if (known && !known.isClosing) return known
    const folder = join(this.#options.folder, project, endpoint)
    if (!this.#folders.has(key)) this.#folders.set(key, mkdir(folder, { recursive: true }))
    const id = segmentId(this.#options.now())
    const segment = new Segment({ id, project, endpoint, path: join(folder, `${id}.ndjson`) }, (done) =>
      this.#seal(done),
    )
    this.#open.set(key, segment)
    setTimeout(() => this.#close(segment), this.#options.segmentMs).unref()
    return segment
  }

  #close(segment: Segment): void {
    if (!segment.isClosing) segment.close()
  }

  #seal(segment: Segment): void {
    const key = `${segment.project}/${segment.endpoint}`
    if (this.#open.get(key) === segment) this.#open.delete(key)
    const { id, project, endpoint, path, sizeBytes, lines } = segment
    if (lines > 0) {
      this.#sealed.push({ id, project, endpoint, path, sizeBytes, lines })
      this.#options.whenSealed()
    }
    if (this.#open.size === 0) this.#closing?.()
  }

  oldest(): SealedSegment | undefined {
    return this.#sealed[0]
  }

  /** The server has it: it may go. */
  async acknowledged(segment: SealedSegment): Promise<void> {
    await rm(segment.path, { force: true })
    this.#sealed = this.#sealed.filter((other) => other !== segment)
  }

  /** The server will never take it: it is put aside for people to look at. */
  async refused(segment: SealedSegment, folder: string): Promise<void> {
    await rename(segment.path, join(folder, `${segment.id}.ndjson`))
    this.#sealed = this.#sealed.filter((other) => other !== segment)
  }

  async close(): Promise<void> {
    if (this.#open.size === 0) return
    const closed = new Promise<void>((resolve) => (this.#closing = resolve))
    for (const segment of this.#open.values()) this.#close(segment)
    await closed
  }
}
