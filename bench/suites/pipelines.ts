import { copyFile, mkdtemp, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { pipelineRoutes } from '../../src/pipelines/contract.ts'
import { type Figure, inTurns, type Measured } from '../measure.ts'
import { peerVersion, peerCommand, peersFolder } from '../peers.ts'
import { cpuMsOf, runToEnd } from '../processes.ts'
import { applyProject, type Product, startProduct, until } from '../product.ts'
import type { Suite, SuiteOptions } from '../suite.ts'

/** `chain`: each step takes the number of the one before. `fan`: n steps that need only the first, and a join of them all. */
type Shape = 'chain' | 'fan'
type Cost = { wallMs: number; cpuMs: number }
type Sizes = Record<Shape, number>
type Side = { sizes: Sizes; run: (shape: Shape, n: number) => Promise<Cost> }

const shapes: readonly Shape[] = ['chain', 'fan']
/** As many as Esteira runs side by side. */
const parallel = Math.max(2, availableParallelism())
const project = 'bench'

const stepOf = (...before: string[]) => ({
  run: 'python step.py',
  inputs: Object.fromEntries(before.map((step, i) => [`number${i}`, `\${{ steps.${step}.outputs.number }}`])),
  outputs: { number: 'json' },
  cache: false,
})

const names = (n: number) => Array.from({ length: n }, (_, i) => `step${i}`)

const stepsOf = (shape: Shape, n: number): Record<string, unknown> =>
  shape === 'chain'
    ? Object.fromEntries([
        ['start', stepOf()],
        ...names(n).map((name, i) => [name, stepOf(i === 0 ? 'start' : `step${i - 1}`)]),
      ])
    : Object.fromEntries([
        ['start', stepOf()],
        ...names(n).map((name) => [name, stepOf('start')]),
        ['join', stepOf(...names(n))],
      ])

/** The project of our side; its environment is Python and nothing else. */
const writeProject = async (folder: string, sizes: Sizes) => {
  const pipelines = shapes.flatMap((shape) => [
    [`${shape}-1`, { environment: 'python', steps: stepsOf(shape, 1) }],
    [`${shape}-${sizes[shape]}`, { environment: 'python', steps: stepsOf(shape, sizes[shape]) }],
  ])
  await copyFile(join(peersFolder, 'step.py'), join(folder, 'step.py'))
  await copyFile(join(peersFolder, 'empty.lock'), join(folder, 'empty.lock'))
  await writeFile(
    join(folder, 'esteira.yaml'),
    stringify({
      project,
      code: ['step.py', 'empty.lock'],
      environments: { python: { lock: 'empty.lock' } },
      pipelines: Object.fromEntries(pipelines),
    }),
  )
}

/** From the request to start until the record says that the run is over; the CPU is that of server, runners and steps together. */
const runOfOurs = async (product: Product, shape: Shape, n: number): Promise<Cost> => {
  const cpuBefore = cpuMsOf(product.pid)
  const { id } = await product.call(pipelineRoutes.startRun, { project, pipeline: `${shape}-${n}` })
  const run = await until(`run ${id}`, async () => {
    const now = await product.call(pipelineRoutes.getRun, { project, run: id })
    return now.finishedAt === null ? undefined : now
  })
  if (run.status !== 'succeeded')
    throw new Error(`${shape} of ${n}: ${run.status}: ${JSON.stringify(run.plan.find(({ error }) => error))}`)
  return { wallMs: (run.finishedAt ?? 0) - run.createdAt, cpuMs: cpuMsOf(product.pid) - cpuBefore }
}

const metaflow = (folder: string, sizes: Sizes): Side => ({
  sizes,
  run: async (shape, n) => {
    const home = await mkdtemp(join(folder, 'flow-'))
    const file = join(home, 'flow.py')
    await runToEnd(
      await peerCommand('steps', ['python', join(peersFolder, 'metaflow_steps.py'), shape, String(n), file]),
    )
    const command = await peerCommand('steps', [
      'python',
      file,
      '--no-pylint',
      '--quiet',
      'run',
      '--max-workers',
      String(parallel),
    ])
    const env = {
      METAFLOW_HOME: home,
      METAFLOW_USER: 'bench',
      METAFLOW_DATASTORE_SYSROOT_LOCAL: home,
      METAFLOW_DEFAULT_METADATA: 'local',
    }
    return runToEnd({ ...command, env: { ...command.env, ...env }, cwd: home })
  },
})

const kedro = (folder: string, sizes: Sizes): Side => ({
  sizes,
  run: async (shape, n) => {
    const argv = ['python', join(peersFolder, 'kedro_steps.py'), shape, String(n)]
    return runToEnd({ ...(await peerCommand('steps', argv)), cwd: folder })
  },
})

/** What each further step costs: the difference of a run of n steps and one of one step, by step. Starting up is in both and falls out. */
const measure = async ({ run, sizes }: Side): Promise<Measured[]> => {
  const measured: Measured[] = []
  for (const shape of shapes) {
    const n = sizes[shape]
    const one = await run(shape, 1)
    const many = await run(shape, n)
    const each = (of: keyof Cost) => (many[of] - one[of]) / (n - 1)
    measured.push(
      { what: `${shape}, each step, CPU`, unit: 'ms', value: each('cpuMs') },
      { what: `${shape}, each step, wall`, unit: 'ms', value: each('wallMs') },
      { what: `${shape} of one step, whole run, wall`, unit: 'ms', value: one.wallMs },
    )
  }
  return measured
}

const run = async ({ scratch, isQuick, rounds, tell }: SuiteOptions): Promise<Figure[]> => {
  const sizes = isQuick ? { chain: 8, fan: 12 } : { chain: 20, fan: 40 }
  const product = await startProduct(await scratch('esteira'))
  const folder = await scratch('project')
  await writeProject(folder, sizes)
  await applyProject(product, folder)
  const sides: { name: string; side: Side }[] = [
    { name: 'Esteira', side: { sizes, run: (shape, n) => runOfOurs(product, shape, n) } },
    { name: 'Metaflow', side: metaflow(await scratch('metaflow'), sizes) },
    // A step of Kedro takes so little that a few of them would vanish in the noise of its start.
    { name: 'Kedro', side: kedro(await scratch('kedro'), { chain: 200, fan: 200 }) },
  ]
  tell('one run each, not measured: environments are built, files compiled')
  for (const { side } of sides) await side.run('chain', 1)
  tell('chains and fans')
  const figures = await inTurns(sides, rounds, measure)
  await product.stop()
  return figures
}

export const pipelines: Suite = {
  name: 'pipelines',
  sides: async () => [
    {
      name: 'Esteira',
      about: 'a process a step under a runner, every change of state durable, server and agent up',
    },
    { name: 'Metaflow', about: `${await peerVersion('steps', 'metaflow')}, local, a process a step` },
    {
      name: 'Kedro',
      about: `${await peerVersion('steps', 'kedro')}, SequentialRunner: functions in one process, nothing kept`,
    },
  ],
  run,
}
