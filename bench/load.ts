import { connect, type Socket } from 'node:net'

/** A whole HTTP/1.1 request with its head, made before the clock runs. */
export const requestBytes = (url: string, body: unknown): Buffer => {
  const { host, pathname, search } = new URL(url)
  const text = JSON.stringify(body)
  return Buffer.from(
    `POST ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  )
}

type Reply = { status: number; body: string }

const endOfHead = Buffer.from('\r\n\r\n')

/** The length of a chunked body that begins at `from`, as far as its end; undefined while it is not whole. */
const chunkedEnd = (bytes: Buffer, from: number): number | undefined => {
  let at = from
  for (;;) {
    const line = bytes.indexOf('\r\n', at)
    if (line === -1) return undefined
    const size = Number.parseInt(bytes.toString('latin1', at, line), 16)
    at = line + 2 + size + 2
    if (at > bytes.length) return undefined
    if (size === 0) return at
  }
}

const unchunked = (bytes: Buffer): string => {
  const parts: Buffer[] = []
  for (let at = 0; ;) {
    const line = bytes.indexOf('\r\n', at)
    const size = Number.parseInt(bytes.toString('latin1', at, line), 16)
    if (size === 0 || Number.isNaN(size)) return Buffer.concat(parts).toString('utf8')
    parts.push(bytes.subarray(line + 2, line + 2 + size))
    at = line + 2 + size + 2
  }
}

/** A reply, once all of it is there. */
const replyIn = (bytes: Buffer): Reply | undefined => {
  const head = bytes.indexOf(endOfHead)
  if (head === -1) return undefined
  const text = bytes.toString('latin1', 0, head)
  const status = Number(text.slice(9, 12))
  const from = head + endOfHead.length
  if (/\r\ntransfer-encoding: *chunked/i.test(text))
    return chunkedEnd(bytes, from) === undefined
      ? undefined
      : { status, body: unchunked(bytes.subarray(from)) }
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? 0)
  return bytes.length < from + length
    ? undefined
    : { status, body: bytes.toString('utf8', from, from + length) }
}

type ConnectionOptions = {
  /**
   * A server that answers in two writes and leaves Nagle's algorithm on holds the second write back until the first is acknowledged, and a
   * client that only waits acknowledges after 40 ms. `prompt` acknowledges at once, by sending the first byte of the next request (which
   * HTTP allows: pipelining), so that the figures show the server's own work. Without it they show what a plain keep-alive client sees.
   */
  isPrompt: boolean
}

/** One keep-alive connection with one request at a time. */
class Connection {
  #socket: Socket
  #isPrompt: boolean
  #received: Buffer[] = []
  #sentAhead = false
  #waiting: { resolve: (reply: Reply) => void; reject: (error: Error) => void } | undefined

  private constructor(socket: Socket, { isPrompt }: ConnectionOptions) {
    this.#socket = socket
    this.#isPrompt = isPrompt
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.#take(chunk as Buffer))
    socket.on('error', (error) => this.#waiting?.reject(error))
    socket.on('close', () => this.#waiting?.reject(new Error('the server closed the connection')))
  }

  static open(url: string, options: ConnectionOptions): Promise<Connection> {
    const { hostname, port } = new URL(url)
    return new Promise((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port) }, () =>
        resolve(new Connection(socket, options)),
      )
      socket.once('error', reject)
    })
  }

  send(request: Buffer): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#socket.write(this.#sentAhead ? request.subarray(1) : request)
      this.#sentAhead = false
    })
  }

  close(): void {
    this.#waiting = undefined
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    this.#received.push(chunk)
    const reply = replyIn(this.#received.length === 1 ? chunk : Buffer.concat(this.#received))
    if (reply) {
      this.#received = []
      this.#waiting?.resolve(reply)
    } else if (this.#isPrompt && !this.#sentAhead) {
      this.#sentAhead = true
      // Every request of this generator begins with the P of POST.
      this.#socket.write('P')
    }
  }
}

/** One request on a connection of its own. Throws with what the server said when that is no success. */
export const postOnce = async <T>(url: string, body: unknown): Promise<T> => {
  const connection = await Connection.open(url, { isPrompt: true })
  try {
    const reply = await connection.send(requestBytes(url, body))
    if (reply.status !== 200) throw new Error(`${url} answered ${reply.status}: ${reply.body.slice(0, 500)}`)
    return JSON.parse(reply.body) as T
  } finally {
    connection.close()
  }
}

type LoadOptions = {
  url: string
  clients: number
  forMs: number
  isPrompt?: boolean
  /** The `i`th request of a client. */
  request: (client: number, i: number) => Buffer
}

type LoadResult = { requests: number; failed: number; wallMs: number; latenciesMs: number[] }

/** Closed loop: each client sends its next request when it has the answer to the last, until the time is up. */
export const load = async ({
  url,
  clients,
  forMs,
  request,
  isPrompt = true,
}: LoadOptions): Promise<LoadResult> => {
  const connections = await Promise.all(
    Array.from({ length: clients }, () => Connection.open(url, { isPrompt })),
  )
  const latenciesMs: number[] = []
  let failed = 0
  const began = performance.now()
  const drive = async (connection: Connection, client: number) => {
    for (let i = 0; performance.now() - began < forMs; i += 1) {
      const sent = performance.now()
      const { status } = await connection.send(request(client, i))
      latenciesMs.push(performance.now() - sent)
      if (status !== 200) failed += 1
    }
  }
  try {
    await Promise.all(connections.map(drive))
  } finally {
    for (const connection of connections) connection.close()
  }
  return { requests: latenciesMs.length, failed, wallMs: performance.now() - began, latenciesMs }
}
