import { request as plainRequest, Agent as PlainAgent, type IncomingMessage } from 'node:http'
import { request as secureRequest, Agent as SecureAgent } from 'node:https'
import type { Readable } from 'node:stream'
import type { AgentReport, Desired } from '../contract.ts'

/** What the agent asks of the server; `node:http` rather than fetch, which costs 10 MB and hides why a connection failed. */
export type ControlPlane = {
  sync: (report: AgentReport, waitMs: number, signal: AbortSignal) => Promise<Desired>
  blob: (digest: string) => Promise<Readable>
  uploadCapture: (segment: SegmentUpload) => Promise<void>
  close: () => void
}
type SegmentUpload = {
  segment: string
  project: string
  endpoint: string
  rows: number
  sizeBytes: number
  body: Readable
}

export class ServerError extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.name = 'ServerError'
    this.status = status
  }
}

type Call = {
  method: 'GET' | 'POST'
  path: string
  body?: string | Readable
  type?: string
  sizeBytes?: number
  timeoutMs: number
  signal?: AbortSignal
}

const textOf = async (reply: IncomingMessage, limit = 64 * 1024 * 1024): Promise<string> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of reply) {
    size += (chunk as Buffer).length
    if (size > limit) throw new Error('the server answers more than the agent accepts')
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks).toString('utf8')
}

const refusal = async (reply: IncomingMessage): Promise<ServerError> => {
  const text = await textOf(reply, 1024 * 1024)
  const status = reply.statusCode ?? 0
  try {
    const { detail, title } = JSON.parse(text) as { detail?: string; title?: string }
    return new ServerError(status, detail ?? title ?? text)
  } catch {
    return new ServerError(status, text.slice(0, 200) || `the server answered ${status}`)
  }
}

type Options = {
  url: string
  /** Read again when the server refuses the one in use: it may have been renewed on disk. */
  token: () => string | undefined
  name: string
}

const renewed = (read: () => string | undefined, present: string | undefined): string | undefined => {
  try {
    return read()
  } catch {
    return present
  }
}

export const controlPlane = (options: Options): ControlPlane => {
  const base = new URL(options.url)
  const isSecure = base.protocol === 'https:'
  const agent = new (isSecure ? SecureAgent : PlainAgent)({ keepAlive: true, maxSockets: 8 })
  let token = options.token()

  const send = ({ method, path, body, type, sizeBytes, timeoutMs, signal }: Call): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const length = typeof body === 'string' ? Buffer.byteLength(body) : sizeBytes
      const headers = {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(type === undefined ? {} : { 'content-type': type }),
        ...(length === undefined ? {} : { 'content-length': length }),
      }
      const url = new URL(path, base)
      const request = (isSecure ? secureRequest : plainRequest)(url, {
        method,
        headers,
        agent,
        timeout: timeoutMs,
        ...(signal ? { signal } : {}),
      })
      request.on('timeout', () => request.destroy(new Error(`the server said nothing for ${timeoutMs} ms`)))
      request.on('error', reject)
      request.on('response', (reply) => {
        if (reply.statusCode !== undefined && reply.statusCode < 300) return resolve(reply)
        if (reply.statusCode === 401) token = renewed(options.token, token)
        refusal(reply).then(reject, reject)
      })
      if (typeof body === 'object') body.on('error', (error) => request.destroy(error)).pipe(request)
      else request.end(body)
    })

  const agentPath = `/api/v1/agents/${encodeURIComponent(options.name)}`
  return {
    sync: async (report, waitMs, signal) => {
      const reply = await send({
        method: 'POST',
        path: `${agentPath}/desired?waitMs=${waitMs}`,
        body: JSON.stringify(report),
        type: 'application/json',
        timeoutMs: waitMs + 15_000,
        signal,
      })
      return JSON.parse(await textOf(reply)) as Desired
    },
    blob: (digest) =>
      send({ method: 'GET', path: `/api/v1/blobs/${encodeURIComponent(digest)}`, timeoutMs: 30_000 }),
    uploadCapture: async ({ segment, project, endpoint, rows, sizeBytes, body }) => {
      const query = new URLSearchParams({ segment, project, endpoint, rows: String(rows) })
      const path = `${agentPath}/captures?${query.toString()}`
      const reply = await send({
        method: 'POST',
        path,
        body,
        sizeBytes,
        type: 'application/x-ndjson',
        timeoutMs: 60_000,
      })
      reply.resume()
    },
    close: () => agent.destroy(),
  }
}
