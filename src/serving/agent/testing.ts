import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { cleanup, eventually, scratchFolder } from '../../testing.ts'
import type { AgentReport, Desired, DesiredEndpoint, DesiredVariant } from '../contract.ts'
import type { Signature } from '../signature.ts'
import { startAgent, type RunningAgent } from './agent.ts'
import type { AgentOptions } from './options.ts'

const digestOf = (bytes: Uint8Array | string): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`

export type Upload = { segment: string; lines: Record<string, unknown>[] }

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

/** The server's side of the agents' exchange, over real HTTP, with a state that the test sets by hand. */
export class DesiredServer {
  readonly blobs = new Map<string, Buffer>()
  readonly uploads: Upload[] = []
  readonly reports: AgentReport[] = []
  desired: Desired = { revision: 1, endpoints: [] }
  port = 0
  #waiting: (() => void)[] = []
  #server = createServer((request, reply) => void this.#answer(request, reply))

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  async start(): Promise<void> {
    this.#server = createServer((request, reply) => void this.#answer(request, reply))
    await new Promise<void>((resolve) => this.#server.listen(this.port, '127.0.0.1', resolve))
    this.port = (this.#server.address() as AddressInfo).port
  }

  /** Gone, as after a kill: connections break, the port answers no more. */
  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  serve(endpoints: DesiredEndpoint[]): void {
    this.desired = { revision: this.desired.revision + 1, endpoints }
    for (const wake of this.#waiting.splice(0)) wake()
  }

  put(bytes: Uint8Array | string): string {
    const digest = digestOf(bytes)
    this.blobs.set(digest, Buffer.from(bytes))
    return digest
  }

  /** A version of the fixture model of this name. */
  async variant(fixture: string, of: Partial<DesiredVariant> & { release: number }): Promise<DesiredVariant> {
    const folder = join(import.meta.dirname, 'fixtures', fixture)
    const names = (await readdir(folder)).sort()
    const tree = await Promise.all(
      names.map(async (path) => {
        const bytes = await readFile(join(folder, path))
        return { path, digest: this.put(bytes), sizeBytes: bytes.length }
      }),
    )
    const signature = JSON.parse(await readFile(join(folder, 'signature.json'), 'utf8')) as Signature
    const files = digestOf(JSON.stringify(tree))
    return {
      name: 'champion',
      role: 'live',
      weight: 100,
      model: 'm',
      version: of.release,
      files,
      tree,
      format: 'onnx',
      signature,
      ...of,
    }
  }

  /** By segment id, as the server keeps them: one that is sent again (its acknowledgement was lost) must be the same. */
  get segments(): Map<string, Upload['lines']> {
    const known = new Map<string, Upload['lines']>()
    for (const { segment, lines } of this.uploads) {
      const before = known.get(segment)
      if (before) assert.deepEqual(lines, before)
      known.set(segment, lines)
    }
    return known
  }

  get lines(): Upload['lines'] {
    return [...this.segments.values()].flat()
  }

  async #answer(request: IncomingMessage, reply: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url)
    const body = await bodyOf(request)
    if (url.pathname.startsWith('/api/v1/blobs/')) {
      const blob = this.blobs.get(decodeURIComponent(url.pathname.slice('/api/v1/blobs/'.length)))
      return void reply.writeHead(blob ? 200 : 404).end(blob ?? '{"detail":"There is no such blob."}')
    }
    if (url.pathname.endsWith('/captures')) {
      const lines = body.trimEnd().split('\n')
      this.uploads.push({
        segment: url.searchParams.get('segment') ?? '',
        lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>),
      })
      return void reply.writeHead(Number(url.searchParams.get('rows')) === lines.length ? 200 : 400).end('{}')
    }
    const report = JSON.parse(body) as AgentReport
    this.reports.push(report)
    if (report.have === this.desired.revision)
      await this.#news(request, Number(url.searchParams.get('waitMs')))
    reply.end(JSON.stringify(this.desired))
  }

  #news(request: IncomingMessage, waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, waitMs)
      const wake = (): void => (clearTimeout(timer), resolve())
      this.#waiting.push(wake)
      request.socket.once('close', wake)
    })
  }
}

export const desiredServer = async (t: TestContext): Promise<DesiredServer> => {
  const server = new DesiredServer()
  await server.start()
  cleanup(t, () => server.stop())
  return server
}

export const endpointOf = (
  variants: DesiredVariant[],
  more: Partial<DesiredEndpoint> = {},
): DesiredEndpoint => ({
  project: 'p',
  name: 'e',
  release: variants[0]?.release ?? null,
  variants,
  lookups: [],
  ...more,
})

export type TestAgent = RunningAgent & { home: string }

export const testAgent = async (
  t: TestContext,
  server: DesiredServer,
  more: Partial<AgentOptions> & { now?: () => number } = {},
): Promise<TestAgent> => {
  const home = more.home ?? (await scratchFolder(t))
  const { now, ...options } = more
  const agent = await startAgent(
    {
      server: server.url,
      home,
      host: '127.0.0.1',
      port: 0,
      name: 'tester',
      token: () => undefined,
      key: undefined,
      address: undefined,
      timeoutMs: 10_000,
      segmentMs: 50,
      spoolBytes: 1024 * 1024 * 1024,
      ...options,
    },
    now ? { now } : {},
  )
  let isStopped = false
  const stop = async (): Promise<void> => {
    if (isStopped) return
    isStopped = true
    await agent.stop()
  }
  cleanup(t, stop)
  return { ...agent, home, stop }
}

/** Waits until the endpoint answers with exactly these releases. */
export const routed = async ({ fleet }: RunningAgent, releases: number[]): Promise<void> => {
  await eventually(`releases ${releases.join(', ')} in the route`, () => {
    const variants = fleet.routes.flatMap(({ live, shadows }) => [...live, ...shadows])
    const present = variants.map(({ variant }) => variant.release).sort((a, b) => a - b)
    return JSON.stringify(present) === JSON.stringify([...releases].sort((a, b) => a - b))
  })
}

export type Reply = { status: number; headers: Headers; body: Record<string, unknown> }

export const post = async (
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Reply> => {
  const reply = await fetch(url, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  })
  return {
    status: reply.status,
    headers: reply.headers,
    body: (await reply.json()) as Record<string, unknown>,
  }
}

export const invoke = (
  agent: RunningAgent,
  records: unknown[],
  headers: Record<string, string> = {},
): Promise<Reply> => post(`${agent.address}/endpoints/e/invocations`, { dataframe_records: records }, headers)

export const valuesOf = ({ body }: Reply): number[] =>
  (body['predictions'] as { value: number }[]).map(({ value }) => value)
export const idsOf = ({ body }: Reply): string[] =>
  (body['predictions'] as { id: string }[]).map(({ id }) => id)

export const sigmoid = (score: number): number => 1 / (1 + Math.exp(-score))
