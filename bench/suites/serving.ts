import { copyFile, cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { pipelineRoutes } from '../../src/pipelines/contract.ts'
import { servingRoutes } from '../../src/serving/contract.ts'
import { load, postOnce, requestBytes } from '../load.ts'
import { type Figure, inTurns, type Measured, quantile } from '../measure.ts'
import { peerVersion, peerCommand, peersFolder } from '../peers.ts'
import {
  type Command,
  cpuMsOf,
  firstAnswer,
  flagsOf,
  freePort,
  memoryMbOf,
  type Running,
  runToEnd,
  start,
} from '../processes.ts'
import { applyProject, startProduct, until } from '../product.ts'
import type { Suite, SuiteOptions } from '../suite.ts'

/** Every side answers the same body for the same ONNX file, on one thread of the runtime. */
type Server = { url: string; process: Running }
type Rows = { columns: string[]; data: number[][] }

const project = 'bench'
const name = 'forest'

const split = ({ columns, data }: Rows, from: number, rows: number) => ({
  dataframe_split: {
    columns,
    data: Array.from({ length: rows }, (_, i) => data[(from + i) % data.length]),
  },
})

/** The way of every model: a pipeline registers it, the endpoint releases it, the agent loads it. */
const writeProject = async (folder: string, made: string) => {
  await mkdir(folder, { recursive: true })
  await cp(join(made, 'model'), join(folder, 'model'), { recursive: true })
  for (const file of ['publish.py', 'empty.lock']) await copyFile(join(peersFolder, file), join(folder, file))
  await writeFile(
    join(folder, 'esteira.yaml'),
    stringify({
      project,
      code: ['model', 'publish.py', 'empty.lock'],
      environments: { python: { lock: 'empty.lock' } },
      models: { [name]: {} },
      pipelines: {
        publish: {
          environment: 'python',
          steps: {
            files: { run: 'python publish.py', outputs: { model: 'directory' } },
            register: {
              uses: 'models/register',
              with: { model: name, files: '${{ steps.files.outputs.model }}' },
            },
          },
        },
      },
      endpoints: { [name]: { model: name, rollout: { steps: [{ weight: 100 }] } } },
    }),
  )
}

const startEsteira = async (folder: string, made: string): Promise<Server> => {
  const product = await startProduct(join(folder, 'home'))
  await writeProject(join(folder, 'project'), made)
  await applyProject(product, join(folder, 'project'))
  await product.call(pipelineRoutes.startRun, { project, pipeline: 'publish' })
  await until('the endpoint to serve', async () => {
    const shown = await product.call(servingRoutes.getEndpoint, { project, endpoint: name })
    return shown.version === 1 && shown.rollout === null ? true : undefined
  })
  return { url: `${product.agentUrl}/endpoints/${name}/invocations`, process: product }
}

const startPeer = async (port: number, command: Command, rows: Rows): Promise<Server> => {
  const process = start(command)
  const url = `http://127.0.0.1:${port}/invocations`
  await firstAnswer(process, url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(split(rows, 0, 1)),
  })
  return { url, process }
}

const startMlflow = async (made: string, rows: Rows): Promise<Server> => {
  const port = await freePort()
  const flags = { 'model-uri': join(made, 'mlflow'), host: '127.0.0.1', port, 'env-manager': 'local' }
  return startPeer(port, await peerCommand('mlflow', ['mlflow', 'models', 'serve', ...flagsOf(flags)]), rows)
}

const startFastapi = async (made: string, rows: Rows): Promise<Server> => {
  const port = await freePort()
  const flags = { 'app-dir': peersFolder, host: '127.0.0.1', port, 'log-level': 'warning' }
  const command = await peerCommand('fastapi', ['uvicorn', 'fastapi_server:app', ...flagsOf(flags)])
  return startPeer(
    port,
    { ...command, env: { ...command.env, MODEL: join(made, 'model', 'model.onnx') } },
    rows,
  )
}

/** What a reply predicts, whatever the side puts around the numbers. */
const predictionsIn = ({ predictions }: { predictions: unknown[] }): number[] =>
  predictions.map((one) => {
    const value = typeof one === 'object' && one !== null ? Object.values(one).at(-1) : one
    return Number(Array.isArray(value) ? value[0] : value)
  })

/** Before anything is measured: all sides must give the same answers. */
const checkAnswers = async (sides: readonly { name: string; side: Server }[], rows: Rows) => {
  const answers = await Promise.all(
    sides.map(async ({ name, side }) => ({
      name,
      values: predictionsIn(await postOnce(side.url, split(rows, 0, 50))),
    })),
  )
  const [first] = answers
  for (const { name, values } of answers)
    if (
      values.length !== 50 ||
      values.some((value, i) => !(Math.abs(value - (first?.values[i] ?? Number.NaN)) < 1e-5))
    )
      throw new Error(
        `${name} predicts ${values.slice(0, 3).join(', ')} … and ${first?.name} ${first?.values.slice(0, 3).join(', ')} …`,
      )
}

type Load = { rows: number; clients: number }
const loads: readonly Load[] = [
  { rows: 1, clients: 1 },
  { rows: 1, clients: 8 },
  { rows: 50, clients: 4 },
]

const measure = async (server: Server, rows: Rows, forMs: number): Promise<Measured[]> => {
  const measured: Measured[] = []
  for (const { rows: count, clients } of loads) {
    const requests = Array.from({ length: 64 }, (_, i) =>
      requestBytes(server.url, split(rows, i * count, count)),
    )
    const request = (client: number, i: number) => requests[(client * 7 + i) % 64] ?? Buffer.alloc(0)
    await load({ url: server.url, clients, forMs: 500, request })
    const cpuBefore = cpuMsOf(server.process.pid)
    const { requests: answered, ...result } = await load({ url: server.url, clients, forMs, request })
    const cpuMs = (cpuMsOf(server.process.pid) - cpuBefore) / answered
    if (result.failed > 0) throw new Error(`${result.failed} of ${answered} predictions failed.`)
    const what = `${count === 1 ? 'one row' : `${count} rows`} a request, ${clients === 1 ? '1 client' : `${clients} clients`}`
    measured.push(
      { what, unit: 'requests/s', value: (answered * 1000) / result.wallMs },
      { what: `${what}, p50`, unit: 'ms', value: quantile(result.latenciesMs, 0.5) },
      { what: `${what}, p99`, unit: 'ms', value: quantile(result.latenciesMs, 0.99) },
      { what: `${what}, server CPU`, unit: 'ms a request', value: cpuMs },
    )
  }
  const memory = memoryMbOf(server.process.pid)
  return [...measured, { what: 'memory under load (PSS)', unit: 'MB', value: memory }]
}

const run = async ({ scratch, isQuick, rounds, tell }: SuiteOptions): Promise<Figure[]> => {
  const made = await scratch('model')
  tell('training the model')
  await runToEnd(await peerCommand('mlflow', ['python', join(peersFolder, 'forest.py'), made]))
  const rows = JSON.parse(await readFile(join(made, 'rows.json'), 'utf8')) as Rows
  tell('starting the sides')
  const sides = [
    { name: 'Esteira', side: await startEsteira(await scratch('esteira'), made) },
    { name: 'MLflow', side: await startMlflow(made, rows) },
    { name: 'FastAPI', side: await startFastapi(made, rows) },
  ]
  await checkAnswers(sides, rows)
  tell('predictions')
  const figures = await inTurns(sides, rounds, (server) => measure(server, rows, isQuick ? 2_500 : 8_000))
  for (const { side } of sides) await side.process.stop()
  return figures
}

export const serving: Suite = {
  name: 'serving',
  sides: async () => [
    {
      name: 'Esteira',
      about: '`esteira up`, server and serving agent together; every prediction is captured and stored',
    },
    {
      name: 'MLflow',
      about: `\`mlflow models serve\` ${await peerVersion('mlflow', 'mlflow')}, ONNX flavour, 1 worker; keeps nothing`,
    },
    {
      name: 'FastAPI',
      about: `${await peerVersion('fastapi', 'fastapi')} before ONNX Runtime, uvicorn with uvloop, 1 worker, written by hand for this model; keeps nothing`,
    },
  ],
  run,
}
