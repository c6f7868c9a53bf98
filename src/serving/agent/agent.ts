import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import type { AgentReport, Desired, DesiredEndpoint } from '../contract.ts'
import { latencyQuantile, meanPrediction } from '../figures.ts'
import { Spool } from './capture/spool.ts'
import { startUploader } from './capture/upload.ts'
import { homeOf, prepareHome, writeWhole, type Home } from './disk.ts'
import { modelFiles } from './files.ts'
import { Fleet } from './fleet.ts'
import { agentApp } from './http/app.ts'
import type { AgentOptions } from './options.ts'
import { predictor } from './predict.ts'
import { controlPlane } from './server.ts'
import { modelSlots } from './slots.ts'
import { startSync } from './sync.ts'

const agentVersion = '0.1.0'
const cleanEveryMs = 60_000

export type RunningAgent = { address: string; fleet: Fleet; spool: Spool; stop: () => Promise<void> }
type Deps = { tell?: (message: string) => void; now?: () => number }

const readDesired = async (home: Home, tell: (message: string) => void): Promise<Desired | undefined> => {
  try {
    return JSON.parse(await readFile(home.desired, 'utf8')) as Desired
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      tell(`the last state cannot be read and is left aside: ${(error as Error).message}`)
    return undefined
  }
}

/** Writes the newest state, one write at a time; states that were overtaken are skipped. */
const keeper = (home: Home, tell: (message: string) => void) => {
  let next: DesiredEndpoint[] | undefined
  let running: Promise<void> = Promise.resolve()
  const write = async (): Promise<void> => {
    const endpoints = next
    next = undefined
    if (endpoints) await writeWhole(home, home.desired, JSON.stringify({ revision: 0, endpoints }))
  }
  return {
    keep: (endpoints: DesiredEndpoint[]): void => {
      const isWaiting = next !== undefined
      next = endpoints
      if (!isWaiting)
        running = running
          .then(write)
          .catch((error: Error) => tell(`the state cannot be written: ${error.message}`))
    },
    done: () => running,
  }
}

const statsOf = (fleet: Fleet, spool: Spool) => ({
  endpoints: fleet.routes.map(({ endpoint, live, shadows }) => ({
    project: endpoint.project,
    endpoint: endpoint.name,
    variants: [...live, ...shadows].map(({ variant, figures }) => ({
      name: variant.name,
      role: variant.role,
      weight: variant.weight,
      release: variant.release,
      model: variant.model,
      version: variant.version,
      requests: figures.requests,
      predictions: figures.predictions,
      errors: figures.errors,
      meanPrediction: meanPrediction(figures),
      latencyP50Ms: latencyQuantile(figures, 0.5),
      latencyP95Ms: latencyQuantile(figures, 0.95),
    })),
  })),
  captures: { waitingSegments: spool.waiting, waitingBytes: spool.sizeBytes, lostRequests: spool.lost },
  memoryBytes: process.memoryUsage.rss(),
})

const isLoopback = (host: string): boolean => ['127.0.0.1', '::1', 'localhost'].includes(host)

/** Starts an agent: answers from its last good state at once and converges on what the server wants as soon as that can be reached. */
export const startAgent = async (options: AgentOptions, deps: Deps = {}): Promise<RunningAgent> => {
  const { tell = () => {}, now = Date.now } = deps
  if (!isLoopback(options.host) && options.key === undefined)
    throw new Error(`an agent on ${options.host} needs --key-file: callers from outside must show a key`)
  const home = homeOf(options.home)
  await prepareHome(home)
  const control = controlPlane({ url: options.server, token: options.token, name: options.name })
  const files = modelFiles(home, control.blob)
  const slots = modelSlots(files, options.timeoutMs)
  const { keep, done: kept } = keeper(home, tell)
  const later: { wake: () => void; changed: () => void } = { wake: () => {}, changed: () => {} }
  const spool = new Spool({
    folder: home.spool,
    segmentMs: options.segmentMs,
    limitBytes: options.spoolBytes,
    now,
    whenSealed: () => later.wake(),
  })
  await spool.recover()
  const fleet = new Fleet({ files, slots, now, tell, keep, changed: () => later.changed() })
  const last = await readDesired(home, tell)
  if (last) fleet.apply(last)

  const app = agentApp({
    predictor: predictor({ fleet, spool, now, tell }),
    isReady: () => fleet.isReady,
    stats: () => statsOf(fleet, spool),
    version: agentVersion,
    key: options.key,
    tell,
  })
  await app.listen({ host: options.host, port: options.port })
  const { port } = app.server.address() as AddressInfo
  const address =
    options.address ?? `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`

  const incarnation = `${now().toString(36)}-${randomBytes(6).toString('hex')}`
  const report = (have: number, sequence: number): AgentReport => ({
    incarnation,
    sequence,
    address,
    have,
    spooledBytes: spool.sizeBytes,
    memoryBytes: process.memoryUsage.rss(),
    releases: fleet.report(),
  })
  const pulse = (): number => fleet.report().reduce((sum, { figures }) => sum + (figures?.requests ?? 0), 0)
  const sync = startSync({ control, report, pulse, tell, apply: (desired) => fleet.apply(desired) })
  const uploader = startUploader({ spool, control, refusedFolder: home.refused, tell })
  later.wake = uploader.wake
  later.changed = sync.wake
  const clean = () =>
    void files
      .keepOnly(fleet.neededDigests())
      .catch((error: Error) => tell(`old models stay on disk: ${error.message}`))
  const cleaning = setInterval(clean, cleanEveryMs).unref()

  return {
    address,
    fleet,
    spool,
    stop: async () => {
      clearInterval(cleaning)
      await app.close()
      await sync.stop()
      await spool.close()
      await uploader.stop()
      fleet.close()
      await slots.close()
      await kept()
      control.close()
    },
  }
}
