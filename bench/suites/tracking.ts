import { load, postOnce, requestBytes } from '../load.ts'
import { type Figure, inTurns, type Measured, quantile } from '../measure.ts'
import { peerVersion, peerCommand } from '../peers.ts'
import {
  cpuMsOf,
  firstAnswer,
  flagsOf,
  freePort,
  memoryMbOf,
  pause,
  type Running,
  start,
} from '../processes.ts'
import { startProduct } from '../product.ts'
import type { Suite, SuiteOptions } from '../suite.ts'

/** Both sides speak MLflow's REST API, so that one load fits both. */
const api = '/api/2.0/mlflow'
const metricClients = 8
const fillClients = 4

type Server = { name: string; url: string; process: Running }
type Start = (home: string) => Promise<{ url: string; process: Running }>

const startEsteira: Start = async (home) => {
  const product = await startProduct(home)
  return { url: product.url, process: product }
}

const startMlflow: Start = async (home) => {
  const port = await freePort()
  const flags = { host: '127.0.0.1', port, 'backend-store-uri': 'sqlite:///mlflow.db' }
  const process = start({
    ...(await peerCommand('mlflow', ['mlflow', 'server', ...flagsOf(flags)])),
    cwd: home,
  })
  return { url: `http://127.0.0.1:${port}`, process }
}

const post = <T>(server: Server, path: string, body: unknown): Promise<T> =>
  postOnce<T>(`${server.url}${api}${path}`, body)

const isUp = (server: { url: string; process: Running }) =>
  firstAnswer(server.process, `${server.url}${api}/experiments/search`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"max_results": 1}',
  })

const newExperiment = async (server: Server, name: string): Promise<string> =>
  (await post<{ experiment_id: string }>(server, '/experiments/create', { name })).experiment_id

const newRun = async (server: Server, experiment: string): Promise<string> => {
  const { run } = await post<{ run: { info: { run_id: string } } }>(server, '/runs/create', {
    experiment_id: experiment,
    start_time: Date.now(),
  })
  return run.info.run_id
}

type Drive = { what: string; clients: number; forMs: number; path: string; isPrompt?: boolean }

/** Runs a load against one server; gives rate, latency and CPU of the server for each request. */
const driven = async (
  server: Server,
  { what, clients, forMs, path, isPrompt = true }: Drive,
  body: (client: number, i: number) => unknown,
) => {
  const url = `${server.url}${api}${path}`
  const cpuBefore = cpuMsOf(server.process.pid)
  const result = await load({
    url,
    clients,
    forMs,
    isPrompt,
    request: (c, i) => requestBytes(url, body(c, i)),
  })
  if (result.failed > 0)
    throw new Error(`${server.name}: ${result.failed} of ${result.requests} requests failed (${what})`)
  return {
    perSecond: (result.requests * 1000) / result.wallMs,
    p50: quantile(result.latenciesMs, 0.5),
    p99: quantile(result.latenciesMs, 0.99),
    cpuMs: (cpuMsOf(server.process.pid) - cpuBefore) / result.requests,
  }
}

const metricWrites = async (server: Server, forMs: number, round: number): Promise<Measured[]> => {
  const experiment = await newExperiment(server, `single-${round}`)
  const runs = await Promise.all(Array.from({ length: metricClients }, () => newRun(server, experiment)))
  const write = (client: number, i: number) => ({
    run_id: runs[client],
    key: 'loss',
    value: i / 2,
    timestamp: Date.now(),
    step: i,
  })
  const how = { what: 'single writes', clients: metricClients, forMs, path: '/runs/log-metric' }
  const prompt = await driven(server, how, write)
  const plain = await driven(server, { ...how, isPrompt: false }, write)
  const what = `one metric a request, ${metricClients} clients`
  return [
    { what, unit: 'writes/s', value: prompt.perSecond },
    { what: `${what}, p50`, unit: 'ms', value: prompt.p50 },
    { what: `${what}, p99`, unit: 'ms', value: prompt.p99 },
    { what: `${what}, server CPU`, unit: 'ms a write', value: prompt.cpuMs },
    { what: `${what}, as a plain client sees it`, unit: 'writes/s', value: plain.perSecond },
  ]
}

const batches = async (server: Server, forMs: number, round: number): Promise<Measured[]> => {
  const run = await newRun(server, await newExperiment(server, `batch-${round}`))
  const what = '1,000 metrics a request, 1 client'
  const { perSecond, cpuMs } = await driven(
    server,
    { what, clients: 1, forMs, path: '/runs/log-batch' },
    (_, i) => ({
      run_id: run,
      metrics: Array.from({ length: 1000 }, (_, j) => ({
        key: `m${j % 10}`,
        value: j / 10,
        timestamp: Date.now(),
        step: i * 100 + Math.floor(j / 10),
      })),
    }),
  )
  return [
    { what, unit: 'metrics/s', value: perSecond * 1000 },
    { what: `${what}, server CPU`, unit: 'ms a request', value: cpuMs },
  ]
}

const ten = Array.from({ length: 10 }, (_, j) => j)
const metricOf = (run: number, j: number) => ((run * 7919 + j * 104_729) % 10_007) / 10_007
const parameterOf = (run: number, j: number) => String((run + j) % 10)

/** Runs with ten metrics and ten parameters each, spread so that the filter below keeps about one in twenty. */
const fill = async (server: Server, runs: number): Promise<string> => {
  const experiment = await newExperiment(server, 'search')
  let next = 0
  const worker = async () => {
    for (let i = next++; i < runs; i = next++)
      await post(server, '/runs/log-batch', {
        run_id: await newRun(server, experiment),
        metrics: ten.map((j) => ({
          key: `m${j}`,
          value: metricOf(i, j),
          timestamp: Date.now(),
          step: 0,
        })),
        params: ten.map((j) => ({ key: `p${j}`, value: parameterOf(i, j) })),
      })
  }
  await Promise.all(Array.from({ length: fillClients }, worker))
  return experiment
}

const mostFound = 100

type Search = { what: string; query: object; found: number }

const searchesOf = (runs: number): Search[] => {
  const all = Array.from({ length: runs }, (_, i) => i)
  const kept = all.filter((i) => metricOf(i, 0) > 0.5 && parameterOf(i, 0) === '3').length
  return [
    {
      what: `search of ${runs} runs, filtered and ordered by a metric`,
      query: { filter: "metrics.m0 > 0.5 and params.p0 = '3'", order_by: ['metrics.m0 DESC'] },
      found: Math.min(mostFound, kept),
    },
    {
      what: `newest ${mostFound} of ${runs} runs`,
      query: { order_by: ['attributes.start_time DESC'] },
      found: Math.min(mostFound, runs),
    },
  ]
}

const search = async (
  server: Server,
  { what, query, found }: Search,
  given: { experiment: string; forMs: number },
): Promise<Measured[]> => {
  const body = { experiment_ids: [given.experiment], max_results: mostFound, ...query }
  const reply = await post<{ runs?: unknown[] }>(server, '/runs/search', body)
  if (reply.runs?.length !== found)
    throw new Error(`${server.name} found ${reply.runs?.length} runs and not ${found}: ${what}.`)
  const how = { what, clients: 1, forMs: given.forMs, path: '/runs/search' }
  const { p50, cpuMs } = await driven(server, how, () => body)
  return [
    { what: `${what}, p50`, unit: 'ms', value: p50 },
    { what: `${what}, server CPU`, unit: 'ms a search', value: cpuMs },
  ]
}

type Starter = { name: string; home: string; start: Start }

const starts = async ({ home, start: begin }: Starter): Promise<Measured[]> => {
  const began = performance.now()
  const server = await begin(home)
  try {
    await isUp(server)
    const untilAnswerMs = performance.now() - began
    await pause(3_000)
    return [
      { what: 'start to first answer, home exists', unit: 'ms', value: untilAnswerMs },
      { what: 'memory when idle (PSS)', unit: 'MB', value: memoryMbOf(server.process.pid) },
    ]
  } finally {
    await server.process.stop()
  }
}

/** Makes the home and its database, and shows that the side works at all. */
const firstStart = async ({ home, start: begin }: Starter): Promise<void> => {
  const server = await begin(home)
  await isUp(server)
  await server.process.stop()
}

const run = async ({ scratch, isQuick, rounds, tell }: SuiteOptions): Promise<Figure[]> => {
  const starters: Starter[] = [
    { name: 'Esteira', home: await scratch('esteira'), start: startEsteira },
    { name: 'MLflow', home: await scratch('mlflow'), start: startMlflow },
  ]
  for (const starter of starters) await firstStart(starter)
  tell('starts')
  const figures = await inTurns(
    starters.map((side) => ({ name: side.name, side })),
    rounds,
    starts,
  )
  const sides = await Promise.all(
    starters.map(async ({ name, home, start: begin }) => {
      const server = await begin(home)
      await isUp(server)
      return { name, side: { name, ...server } }
    }),
  )
  const runs = isQuick ? 300 : 2000
  const forMs = isQuick ? 3_000 : 8_000
  tell('single metrics and batches')
  for (const measure of [metricWrites, batches])
    figures.push(...(await inTurns(sides, rounds, (server, round) => measure(server, forMs, round))))
  tell(`filling ${runs} runs on each side`)
  const experiments = new Map<string, string>()
  for (const { name, side } of sides) experiments.set(name, await fill(side, runs))
  tell('searches')
  for (const one of searchesOf(runs))
    figures.push(
      ...(await inTurns(sides, rounds, (server) =>
        search(server, one, { experiment: experiments.get(server.name) ?? '', forMs }),
      )),
    )
  for (const { side } of sides) await side.process.stop()
  return figures
}

export const tracking: Suite = {
  name: 'tracking',
  sides: async () => [
    { name: 'Esteira', about: '`esteira up`: server and serving agent, SQLite' },
    {
      name: 'MLflow',
      about: `\`mlflow server\` ${await peerVersion('mlflow', 'mlflow')}, defaults (4 workers), SQLite`,
    },
  ],
  run,
}
