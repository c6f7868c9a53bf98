import type { Readable } from 'node:stream'
import { mustBeAllowed, type Principal } from '../kernel/auth/principal.ts'
import { AppError } from '../kernel/errors.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { readSegment } from './capture-lines.ts'
import type { CaptureStore } from './captures.store.ts'

export type Upload = {
  agent: string
  project: string
  endpoint: string
  segment: string
  rows?: number | undefined
  body: Readable
}

const mostBytes = 64 * 1024 * 1024

const readAll = async (body: Readable): Promise<Buffer> => {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of body as AsyncIterable<Buffer>) {
    size += part.length
    if (size > mostBytes)
      throw new AppError('too_large', `A capture segment may have ${mostBytes} bytes; this one has more.`)
    parts.push(part)
  }
  return Buffer.concat(parts)
}

const mustBeItself = (actor: Principal, { agent, project }: Upload): void => {
  mustBeAllowed(actor, 'agents:sync', project)
  if (actor.kind === 'agent' && actor.name !== agent && actor.id !== agent)
    throw new AppError('forbidden', `Agent ${actor.name} may not upload captures of agent ${agent}.`)
}

/** Takes capture segments: checked whole, kept as blobs, once each. */
export const captureService = (kernel: Kernel, store: CaptureStore, stored: () => void) => ({
  async upload(given: Upload, actor: Principal) {
    mustBeItself(actor, given)
    const bytes = await readAll(given.body)
    const facts = await readSegment(bytes, given.segment)
    if (given.rows !== undefined && given.rows !== facts.lines)
      throw new AppError(
        'invalid',
        `Segment ${given.segment} was announced with ${given.rows} lines and has ${facts.lines}.`,
        {
          hint: 'The upload was cut off or changed on its way; send it again.',
        },
      )
    const { digest, sizeBytes } = await kernel.blobs.put(bytes)
    const reply = { segment: given.segment, digest, rows: facts.lines }
    const outcome = await kernel.write(async (tx) => {
      const known = await store.segment(given, tx)
      if (known && known.digest !== digest)
        throw new AppError('conflict', `Segment ${given.segment} is already here with other bytes.`, {
          hint: 'Segments never change; an agent must give each one an id of its own.',
        })
      if (known) return { ...reply, stored: false }
      const now = kernel.clock.now()
      await store.addSegment(tx, {
        project: given.project,
        segment: given.segment,
        endpoint: given.endpoint,
        agent: given.agent,
        digest,
        sizeBytes,
        lines: facts.lines,
        rows: facts.rows,
        labels: await store.labelsOf(given, tx),
        fromEvent: facts.fromEvent,
        toEvent: facts.toEvent,
        versions: JSON.stringify(facts.versions),
        receivedAt: now,
        changedAt: now,
      })
      return { ...reply, stored: true }
    })
    if (outcome.stored) stored()
    return outcome
  },
})
export type CaptureService = ReturnType<typeof captureService>
