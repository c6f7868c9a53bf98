import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Signature } from '../../signature.ts'
import { concatenate, sliceRows, type Tensor } from './tensors.ts'
import type { FromWorker, Run } from './worker.ts'

export type ModelAnswer = { values: Float64Array; outputs: Tensor[] }
type Request = {
  rows: number
  tensors: Tensor[]
  wantsOutputs: boolean
  alone?: boolean
  resolve: (answer: ModelAnswer) => void
  reject: (error: Error) => void
}
export type ModelOptions = { file: string; signature: Signature; timeoutMs: number }

/** Requests that wait while the model works are answered together by its next run, up to this many rows: no delay is ever added. */
const batchRows = 4096
const queueRows = 200_000

/** Waits for the thread's first word. Takes only its own listeners away: the rest keep a Worker's messages flowing. */
const isReady = async (worker: Worker): Promise<void> => {
  const listening = new AbortController()
  const { signal } = listening
  try {
    const [message] = (await Promise.race([
      once(worker, 'message', { signal }),
      once(worker, 'exit', { signal }).then(([code]) => {
        throw new Error(`the model's thread ended with ${String(code)}`)
      }),
    ])) as [FromWorker]
    if (message.type !== 'ready')
      throw new Error(message.type === 'refused' ? message.message : 'the model did not start')
  } finally {
    listening.abort()
  }
}

/** A loaded model. Made by `loadModel`; `whenBroken` is called once if its thread dies or hangs. */
export class Model {
  readonly #worker: Worker
  readonly #timeoutMs: number
  readonly #queue: Request[] = []
  #batch: Request[] = []
  #timer: NodeJS.Timeout | undefined
  #id = 0
  #queued = 0
  #broken: Error | undefined
  readonly #ended: Promise<void>
  whenBroken: (error: Error) => void = () => {}

  constructor(worker: Worker, timeoutMs: number) {
    this.#worker = worker
    this.#timeoutMs = timeoutMs
    this.#ended = new Promise((resolve) => worker.once('exit', () => resolve()))
    worker.on('message', (message: FromWorker) => this.#answered(message))
    worker.on('error', (error) => this.#break(error))
    worker.on('exit', (code) => this.#break(new Error(`the model's thread ended with ${code}`)))
  }

  get queuedRows(): number {
    return this.#queued
  }

  run(rows: number, tensors: Tensor[], wantsOutputs: boolean): Promise<ModelAnswer> {
    if (this.#broken) return Promise.reject(this.#broken)
    if (this.#queued + rows > queueRows)
      return Promise.reject(new Error('too many requests are waiting for the model'))
    this.#queued += rows
    return new Promise((resolve, reject) => {
      this.#queue.push({ rows, tensors, wantsOutputs, resolve, reject })
      if (this.#batch.length === 0) this.#next()
    })
  }

  /**
   * Lets the thread end by itself after what it does now. It is never terminated: ONNX Runtime that comes back from a run into a terminated
   * thread aborts the whole process (1.30, `Napi::Error`). Resolves when it has ended.
   */
  close(): Promise<void> {
    this.#break(new Error('the model was unloaded'))
    return this.#ended
  }

  #next(): void {
    const batch = this.#take()
    if (batch.length === 0 || this.#broken) return
    this.#batch = batch
    const rows = batch.reduce((sum, request) => sum + request.rows, 0)
    const message: Run = {
      id: (this.#id += 1),
      rows,
      tensors: concatenate(batch.map((request) => request.tensors)),
      wantsOutputs: batch.some((request) => request.wantsOutputs),
    }
    this.#timer = setTimeout(() => this.#hang(), this.#timeoutMs)
    const buffers = message.tensors.flatMap(({ data }) =>
      Array.isArray(data) ? [] : [data.buffer as ArrayBuffer],
    )
    this.#worker.postMessage(message, buffers)
  }

  #take(): Request[] {
    let rows = 0
    const cut = this.#queue.findIndex((request, index) => {
      rows += request.rows
      return index > 0 && (rows > batchRows || request.alone || this.#queue[0]?.alone)
    })
    return this.#queue.splice(0, cut === -1 ? this.#queue.length : cut)
  }

  #answered(message: FromWorker): void {
    // A late answer of a model that was given up.
    if (this.#broken) return
    clearTimeout(this.#timer)
    const batch = this.#batch
    this.#batch = []
    if (message.type === 'answer') this.#divide(batch, message)
    else if (message.type === 'failed') this.#fail(batch, new Error(message.message))
    this.#next()
  }

  #divide(batch: Request[], { values, outputs }: ModelAnswer): void {
    let from = 0
    for (const request of batch) {
      const { rows } = request
      const start = from
      from += rows
      this.#queued -= rows
      if (batch.length === 1) request.resolve({ values, outputs })
      else
        request.resolve({
          values: values.slice(start, start + rows),
          outputs: request.wantsOutputs ? outputs.map((output) => sliceRows(output, start, rows)) : [],
        })
    }
  }

  /** One bad row must not fail the requests that happened to share its run: each is tried again alone. */
  #fail(batch: Request[], error: Error): void {
    const [first] = batch
    if (first === undefined) return
    if (batch.length > 1)
      return void this.#queue.unshift(...batch.map((request) => ({ ...request, alone: true })))
    this.#queued -= first.rows
    first.reject(error)
  }

  #hang(): void {
    this.#break(new Error(`the model did not answer within ${this.#timeoutMs} ms`))
  }

  #break(error: Error): void {
    if (this.#broken) return
    this.#broken = error
    clearTimeout(this.#timer)
    for (const request of [...this.#batch, ...this.#queue.splice(0)]) request.reject(error)
    this.#batch = []
    this.#queued = 0
    this.#worker.postMessage('close', [])
    this.whenBroken(error)
  }
}

/** Starts a thread, loads the model there, checks it against its signature and runs one row through it. Rejects with what is wrong. */
export const loadModel = async ({ file, signature, timeoutMs }: ModelOptions): Promise<Model> => {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: { file, signature } })
  try {
    await isReady(worker)
    return new Model(worker, timeoutMs)
  } catch (error) {
    // A thread that refused its model has nothing to wait for and ends by itself.
    worker.unref()
    throw error
  }
}
