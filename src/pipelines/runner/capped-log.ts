import { appendFileSync, closeSync, existsSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { open } from 'node:fs/promises'

export type CappedLog = {
  write(chunk: Buffer): void
  finish(): Promise<{ bytes: number; cut: number }>
}

const inMegabytes = (bytes: number) => `${Math.round(bytes / 1_048_576)} MB`

/** Two files taken in turn hold the newest part: the older one is dropped when the newer is full. */
const tailOf = (path: string, limitBytes: number) => {
  const [older, newer] = [`${path}.older`, `${path}.newer`]
  const half = Math.max(1, Math.floor(limitBytes / 2))
  let file: number | undefined
  let inNewer = 0
  let dropped = 0
  let inOlder = 0
  const rotate = () => {
    if (file !== undefined) closeSync(file)
    dropped += inOlder
    renameSync(newer, older)
    inOlder = inNewer
    inNewer = 0
    file = openSync(newer, 'w')
  }
  return {
    write(chunk: Buffer) {
      for (let from = 0; from < chunk.byteLength;) {
        file ??= openSync(newer, 'w')
        const part = chunk.subarray(from, from + half - inNewer)
        writeSync(file, part)
        inNewer += part.byteLength
        from += part.byteLength
        if (inNewer >= half) rotate()
      }
    },
    close(): { parts: string[]; dropped: number } {
      if (file !== undefined) closeSync(file)
      return { parts: [older, newer].filter(existsSync), dropped }
    },
  }
}

/**
 * A log file that cannot fill the disk. Its first half can be read while it grows; of what follows, the newest half is kept apart and
 * added at the end, with a line that says how much was left out.
 */
export const cappedLog = (path: string, limitBytes: number): CappedLog => {
  const headLimit = Math.floor(limitBytes / 2)
  const head = openSync(path, 'a')
  const tail = tailOf(path, limitBytes - headLimit)
  let bytes = 0
  return {
    write(chunk) {
      const room = Math.max(0, headLimit - bytes)
      if (room > 0) writeSync(head, chunk.subarray(0, room))
      if (room > 0 && chunk.byteLength >= room)
        writeSync(
          head,
          `\n[esteira] The log has reached ${inMegabytes(headLimit)}; its newest part is added when the step ends.\n`,
        )
      if (chunk.byteLength > room) tail.write(chunk.subarray(room))
      bytes += chunk.byteLength
    },
    async finish() {
      closeSync(head)
      const { parts, dropped } = tail.close()
      if (dropped > 0) appendFileSync(path, `[esteira] ${dropped} bytes of the log are left out here.\n`)
      for (const part of parts) {
        const from = await open(part)
        for await (const chunk of from.createReadStream()) appendFileSync(path, chunk as Buffer)
        rmSync(part)
      }
      return { bytes, cut: dropped }
    },
  }
}
