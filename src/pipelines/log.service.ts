import type { Readable } from 'node:stream'
import { AppError } from '../kernel/errors.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { findAttempts } from './attempt.store.ts'
import type { LogPart } from './contract.ts'
import type { Environments } from './environments/environments.ts'
import type { Executor, LogSlice } from './runner/executor.ts'
import type { RunRecord } from './run.store.ts'
import type { AttemptRow } from './tables.ts'

export type LogRequest = {
  record: RunRecord
  step: string
  attempt?: number | undefined
  offset?: number | undefined
  limit?: number | undefined
  waitMs?: number | undefined
  signal: AbortSignal
}

const lookEveryMs = 100
const defaultLimit = 262_144

const gather = async (stream: Readable): Promise<Buffer> => {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** Without the last character if its bytes are not all there yet: the next part begins with it. */
const wholeCharacters = (bytes: Buffer): Buffer => {
  for (let back = 1; back <= Math.min(3, bytes.byteLength); back += 1) {
    const byte = bytes[bytes.byteLength - back] ?? 0
    if (byte < 0x80) return bytes
    if (byte < 0xc0) continue
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
    return length > back ? bytes.subarray(0, bytes.byteLength - back) : bytes
  }
  return bytes
}

const hasEnded = ({ status }: AttemptRow) => status !== 'starting' && status !== 'running'

type Deps = { kernel: Kernel; executor: Executor; environments: Environments }

export const logService = ({ kernel, executor, environments }: Deps) => {
  const attemptFor = async ({ record, step, attempt }: LogRequest): Promise<AttemptRow> => {
    const ofStep = (await findAttempts(kernel.db, record.id)).filter((row) => row.step === step)
    const found = attempt === undefined ? ofStep.at(-1) : ofStep.find((row) => row.attempt === attempt)
    if (found) return found
    throw new AppError(
      'not_found',
      attempt === undefined
        ? `Step ${step} has not been tried yet.`
        : `Step ${step} has no attempt ${attempt}.`,
      {
        hint: 'A step that was taken from the cache has no log of its own: see the run it was taken from.',
      },
    )
  }

  const slice = async (row: AttemptRow, offset: number, limit: number): Promise<LogSlice> => {
    if (!hasEnded(row)) return executor.readLog(row.id, { offset, limit })
    if (row.log === null) return { bytes: Buffer.alloc(0), sizeBytes: 0 }
    const sizeBytes = row.logBytes ?? 0
    if (offset >= sizeBytes) return { bytes: Buffer.alloc(0), sizeBytes }
    const end = Math.min(offset + limit, sizeBytes) - 1
    return { bytes: await gather(await kernel.blobs.get(row.log, { start: offset, end })), sizeBytes }
  }

  const preparing = async ({ record, step }: LogRequest, row: AttemptRow): Promise<string | undefined> => {
    const name = record.plan.tasks.find((task) => task.name === step)?.component.environment
    const pinned = name === undefined || name === null ? undefined : record.environments[name]
    if (row.status !== 'starting' || !pinned) return undefined
    return environments.building({ lock: await kernel.blobs.read(pinned.lock), python: pinned.python })
  }

  const look = async (request: LogRequest, offset: number): Promise<LogPart> => {
    const row = await attemptFor(request)
    const { bytes, sizeBytes } = await slice(row, offset, request.limit ?? defaultLimit)
    const isEnd = hasEnded(row) && offset + bytes.byteLength >= sizeBytes
    const whole = isEnd ? bytes : wholeCharacters(bytes)
    const build = whole.byteLength === 0 ? await preparing(request, row) : undefined
    return {
      text: whole.toString('utf8'),
      offset,
      nextOffset: offset + whole.byteLength,
      complete: isEnd,
      attempt: row.attempt,
      ...(build === undefined ? {} : { preparing: build }),
    }
  }

  return {
    /** A part of a log; with `waitMs` it waits for something new while the attempt goes on. */
    async read(request: LogRequest): Promise<LogPart> {
      const offset = request.offset ?? 0
      const until = performance.now() + (request.waitMs ?? 0)
      for (;;) {
        const part = await look(request, offset)
        const isNews = part.complete || part.nextOffset > offset
        if (isNews || performance.now() >= until || request.signal.aborted) return part
        await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
      }
    },
  }
}
