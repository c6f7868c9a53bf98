import { createReadStream } from 'node:fs'
import type { ControlPlane } from '../server.ts'
import { ServerError } from '../server.ts'
import type { SealedSegment, Spool } from './spool.ts'

const leastWaitMs = 250
const mostWaitMs = 10_000

const countLines = async (path: string): Promise<number> => {
  let lines = 0
  for await (const chunk of createReadStream(path))
    for (const byte of chunk as Buffer) if (byte === 10) lines += 1
  return lines
}

/** Refusals that a repetition cannot mend. Everything else (down, busy, token expired) is tried again. */
const isFinal = (error: unknown): boolean =>
  error instanceof ServerError && [400, 404, 413, 422].includes(error.status)

export type Uploader = { wake: () => void; stop: () => Promise<void> }
type Options = {
  spool: Spool
  control: ControlPlane
  refusedFolder: string
  tell: (message: string) => void
}

/** Sends sealed segments, oldest first, one at a time. The server knows a segment by its id, so sending one twice changes nothing. */
export const startUploader = ({ spool, control, refusedFolder, tell }: Options): Uploader => {
  let isStopped = false
  let waitMs = leastWaitMs
  let interrupt = () => {}
  let isAwake = false

  const send = async (segment: SealedSegment): Promise<void> => {
    const { id, project, endpoint, path, sizeBytes } = segment
    const rows = segment.lines ?? (await countLines(path))
    try {
      await control.uploadCapture({
        segment: id,
        project,
        endpoint,
        rows,
        sizeBytes,
        body: createReadStream(path),
      })
      await spool.acknowledged(segment)
      waitMs = leastWaitMs
    } catch (error) {
      if (!isFinal(error)) throw error
      tell(
        `the server refuses capture segment ${id}: ${(error as Error).message}; it was put into ${refusedFolder}`,
      )
      await spool.refused(segment, refusedFolder)
    }
  }

  const rest = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      interrupt = () => (clearTimeout(timer), resolve())
    })

  const run = async (): Promise<void> => {
    while (!isStopped) {
      const segment = spool.oldest()
      if (segment === undefined) {
        isAwake = false
        await rest(mostWaitMs)
        continue
      }
      isAwake = true
      try {
        await send(segment)
      } catch (error) {
        tell(`captures wait on disk (${spool.waiting} segments): ${(error as Error).message}`)
        await rest(waitMs)
        waitMs = Math.min(mostWaitMs, waitMs * 2)
      }
    }
  }

  const running = run()
  return {
    wake: () => {
      if (!isAwake) interrupt()
    },
    stop: async () => {
      isStopped = true
      interrupt()
      await running
    },
  }
}
