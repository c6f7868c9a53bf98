import type { Principal } from '../auth/principal.ts'
import { AppError } from '../errors.ts'
import type { Kernel } from '../kernel.ts'
import { readAnchors } from '../ledger/checkpoint.ts'
import { verifyLedger } from '../ledger/verify.ts'
import { kernelRoutes } from '../routes.contract.ts'
import { passes, streamEvents } from './events.ts'
import { mount } from './mount.ts'
import { openapi } from './openapi.ts'
import type { Http } from './server.ts'

const rangeOf = (
  header: string | undefined,
  sizeBytes: number,
): { start: number; end: number } | undefined => {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  if (!match || (match[1] === '' && match[2] === '')) return undefined
  const start = match[1] === '' ? Math.max(0, sizeBytes - Number(match[2])) : Number(match[1])
  const end = match[1] === '' || match[2] === '' ? sizeBytes - 1 : Math.min(Number(match[2]), sizeBytes - 1)
  return start <= end ? { start, end } : undefined
}

/** Who is held to one project sees that project's events, whatever is asked for. */
const withinScope = (actor: Principal, project: string | undefined) => {
  const seen = actor.project ?? project
  return seen === undefined ? {} : { project: seen }
}

/** The routes that belong to no room: health, blobs, ledger, who am I. */
export const mountKernel = (http: Http, kernel: Kernel, version: string): void => {
  const { blobs, ledger } = kernel
  mount(http, kernelRoutes, {
    health: () => ({ status: 'ok' as const, version }),
    openapi: () => openapi(http.tables, version),
    async putBlob({ body, digest }) {
      const stored = await blobs.put(body)
      if (digest !== undefined && digest !== stored.digest)
        throw new AppError('invalid', `The bytes that came have digest ${stored.digest}, not ${digest}.`, {
          hint: 'Send them again: they changed on the way.',
        })
      return stored
    },
    async hasBlobs({ digests }) {
      const missing: string[] = []
      for (const digest of new Set(digests)) if (!(await blobs.has(digest))) missing.push(digest)
      return { missing }
    },
    async getBlob({ digest }, { request }) {
      const found = await blobs.stat(digest)
      if (!found) throw new AppError('not_found', `There is no blob ${digest}.`)
      const range = rangeOf(request.headers.range, found.sizeBytes)
      const stream = await blobs.get(digest, range)
      const common = { stream, type: 'application/octet-stream' }
      if (!range)
        return {
          ...common,
          sizeBytes: found.sizeBytes,
          headers: { etag: `"${digest}"`, 'accept-ranges': 'bytes' },
        }
      return {
        ...common,
        sizeBytes: range.end - range.start + 1,
        status: 206,
        headers: { 'content-range': `bytes ${range.start}-${range.end}/${found.sizeBytes}` },
      }
    },
    async listEvents({ type, ...asked }, { actor }) {
      const query = { ...asked, ...withinScope(actor, asked.project) }
      const exact = type?.every((one) => !one.endsWith('*')) ? type : undefined
      const events = await ledger.read({ ...query, types: exact })
      return { events: type && !exact ? events.filter((event) => passes({ type }, event)) : events }
    },
    async followEvents({ after, ...asked }, { actor, request, reply }) {
      const filter = { ...asked, ...withinScope(actor, asked.project) }
      const resumed = Number(request.headers['last-event-id'])
      await streamEvents(
        ledger,
        { filter, after: Number.isInteger(resumed) && resumed > 0 ? resumed : after },
        { request, reply },
      )
      return undefined as never
    },
    async verifyLedger() {
      const publicKey = kernel.keys.publicKey.export({ type: 'spki', format: 'pem' }).toString()
      return verifyLedger({ db: kernel.db, anchors: await readAnchors(kernel.config.home), publicKey })
    },
    whoAmI: (_, { actor }) => ({ kind: actor.kind, id: actor.id, name: actor.name, roles: [...actor.roles] }),
  })
}
