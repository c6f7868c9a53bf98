/** A small world for the tests of this room: rows, captures and labels whose figures are known, and the rooms below as ports. */
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { AppError } from '../kernel/errors.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { system } from '../kernel/auth/principal.ts'
import { scratchFolder, testServer, type TestServer } from '../testing.ts'
import { endpointDefinition } from '../serving/contract.ts'
import { monitor as declared, type Monitor } from './definition.ts'
import { openDuck } from './duckdb.ts'
import { monitoringMigrations, monitoringRoom, type MonitoringDeps } from './index.ts'
import { profileRows } from './profile/profile.ts'
import type { Baseline, CaptureLine } from './schemas.ts'

export const april = Date.UTC(2013, 3, 1)
export const may = Date.UTC(2013, 4, 1)
export const june = Date.UTC(2013, 5, 1)
export const july = Date.UTC(2013, 6, 1)

/** Temperatures go round from 0 to 99, carriers by turns: every hundred rows the same. */
const trainingRows = `select (range % 100)::double as temp, ['AA', 'BB', 'CC'][range % 3 + 1] as carrier, (range % 10 < 2)::integer as late from range(3000)`

export const trainingFile = async (t: TestContext, rows = trainingRows): Promise<string> => {
  const folder = await scratchFolder(t)
  const duck = await openDuck({ folders: [folder], spill: folder })
  await duck.run(`copy (${rows}) to '${join(folder, 'rows.parquet')}' (format parquet)`)
  duck.close()
  return join(folder, 'rows.parquet')
}

export const baselineFor = async (t: TestContext, rows?: string): Promise<Baseline> =>
  profileRows({ rows: await trainingFile(t, rows), spill: await scratchFolder(t), label: 'late', ignore: [] })

export type SegmentShape = {
  segment: string
  /** First event; the rows follow a minute apart. */
  from: number
  rows: number
  shift?: number
  /** What is predicted for every row, live; the shadow says 0.5. */
  predicted?: number
  version?: number
  shadow?: number
  change?: (line: CaptureLine, row: number) => CaptureLine
}

export const captureLines = (shape: SegmentShape): CaptureLine[] =>
  Array.from({ length: shape.rows }, (_, row): CaptureLine[] => {
    const line: CaptureLine = {
      id: `${shape.segment}.${row}`,
      at: 1_700_000_000_000 + row,
      eventTime: new Date(shape.from + row * 60_000).toISOString(),
      variant: 'champion',
      role: 'live',
      release: '3',
      version: shape.version ?? 2,
      inputs: { temp: (row % 100) + (shape.shift ?? 0), carrier: ['AA', 'BB', 'CC'][row % 3] },
      output: shape.predicted ?? 0.2,
      latencyMs: 1,
    }
    const live = shape.change?.(line, row) ?? line
    const beside: CaptureLine = {
      ...line,
      role: 'shadow',
      variant: 'shadow',
      version: 1,
      inputs: {},
      output: 0.5,
    }
    return row < (shape.shadow ?? 0) ? [live, beside] : [live]
  }).flat()

export const ndjson = (lines: readonly unknown[]): string =>
  lines.map((line) => `${JSON.stringify(line)}\n`).join('')

/** Of ten rows two come true: what the training rows have as well. */
export const labelsOf = (segment: string, rows: number, isLate = (row: number) => row % 10 < 2) =>
  Array.from({ length: rows }, (_, row) => ({ prediction: `${segment}.${row}`, value: isLate(row) ? 1 : 0 }))

const nothing = async (): Promise<never> => {
  throw new AppError('not_found', 'There is none.')
}

export const emptyRooms: MonitoringDeps = {
  serving: { releaseOf: async () => undefined },
  registry: { version: nothing },
  pipelines: { run: nothing },
  data: { commitRecord: async () => undefined, files: async () => [] },
}

export type World = TestServer & { declare: (body: Monitor) => Promise<void> }

export const world = async (
  t: TestContext,
  rooms: (kernel: Kernel) => Promise<Partial<MonitoringDeps>> | Partial<MonitoringDeps> = () => ({}),
): Promise<World> => {
  const server = await testServer(t, {
    migrations: monitoringMigrations,
    rooms: async (kernel) => [monitoringRoom(kernel, { ...emptyRooms, ...(await rooms(kernel)) })],
  })
  const { kernel } = server
  const put = (kind: string, body: unknown) =>
    kernel.write((tx) =>
      kernel.definitions.put(tx, { project: 'demo', kind, name: 'late', body, actor: system }),
    )
  await put(endpointDefinition.kind, { model: 'late' })
  return {
    ...server,
    declare: async (body) => void (await put(declared.kind, body)),
  }
}

/** A registry in which every version was registered with this baseline. */
export const registryWith = async (
  kernel: Kernel,
  baseline: Baseline,
): Promise<MonitoringDeps['registry']> => {
  const { digest } = await kernel.blobs.put(JSON.stringify(baseline))
  return {
    version: async () => ({
      files: digest,
      baseline: digest,
      lineage: {
        pipelineRun: null,
        step: null,
        trackingRun: null,
        code: null,
        environment: null,
        commits: {},
      },
      createdAt: 1,
      metrics: {},
      aliases: [],
    }),
  }
}
