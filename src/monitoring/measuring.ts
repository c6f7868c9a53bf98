import { createReadStream } from 'node:fs'
import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Kernel } from '../kernel/kernel.ts'
import { problemsIn } from '../kernel/http/validate.ts'
import type { CaptureStore } from './captures.store.ts'
import type { Monitor } from './definition.ts'
import { defaultMinimumRows } from './judging.ts'
import { ifFound, modelOf, type MonitoringDeps } from './ports.ts'
import { Baseline, type WindowView } from './schemas.ts'
import type { SegmentRow } from './tables.ts'
import { measureWindow } from './window/child.ts'
import type { WindowResult } from './window/protocol.ts'
import type { Window } from './windows.ts'

export type Measurement = {
  result: WindowResult
  baseline: WindowView['baseline']
  version: number | null
  rowsDigest: string
  seen: { segments: number; labels: number }
}

type Subject = { project: string; body: Monitor; window: Window }
type Deps = Pick<MonitoringDeps, 'registry'> & { kernel: Kernel; captures: CaptureStore }

const timeoutMs = 10 * 60_000

/** The version that gave most live answers of these segments. */
const mainVersion = (segments: readonly Pick<SegmentRow, 'versions'>[]): number | null => {
  const rows = new Map<number, number>()
  for (const { versions } of segments)
    for (const [version, count] of Object.entries(JSON.parse(versions) as Record<string, number>))
      rows.set(Number(version), (rows.get(Number(version)) ?? 0) + count)
  return [...rows].sort(([a, m], [b, n]) => n - m || b - a)[0]?.[0] ?? null
}

/** The baseline that was registered with the version, and what to say when there is none. */
const baselineOf = async ({ kernel, registry }: Deps, subject: Subject, version: number | null) => {
  const { project, body } = subject
  const model = await modelOf(kernel.definitions, { project, endpoint: body.endpoint })
  if (model === undefined || version === null) return { baseline: null, content: null, notes: [] }
  const registered = await ifFound(registry.version(project, model, version))
  const digest = registered?.baseline ?? null
  if (digest === null) return { baseline: null, content: null, notes: [] }
  const content: unknown = JSON.parse((await kernel.blobs.read(digest)).toString('utf8'))
  const [problem] = problemsIn(Baseline, content)
  if (problem)
    return {
      baseline: null,
      content: null,
      notes: [
        `The baseline of version ${version} is not one that monitoring/profile wrote: ${problem.message}.`,
      ],
    }
  return { baseline: { model, version, digest }, content: content as Baseline, notes: [] }
}

/** Many small feedback blobs as one file, in the order in which they came. */
const gather = async (kernel: Kernel, digests: readonly string[], file: string): Promise<string[]> => {
  if (digests.length === 0) return []
  await writeFile(file, '')
  for (const digest of digests) await appendFile(file, await kernel.blobs.read(digest))
  return [file]
}

const driftRules = ({ drift, minimumRows }: Monitor) => ({
  drift: {
    method: drift?.method ?? ('psi' as const),
    limit: drift?.limit,
    nulls: drift?.nulls ?? 0.1,
    columns: drift?.columns,
  },
  minimumRows: minimumRows ?? defaultMinimumRows,
})

/** Brings everything a window needs into a scratch folder, has a child program measure it, and keeps its rows as a Parquet blob. */
export const measuringService = (deps: Deps) => {
  const { kernel, captures } = deps
  const folder = join(kernel.config.home, 'scratch', 'monitoring')

  const inScratch = async <T>(job: (scratch: string) => Promise<T>): Promise<T> => {
    await mkdir(folder, { recursive: true })
    const scratch = await mkdtemp(join(folder, 'window-'))
    try {
      return await job(scratch)
    } finally {
      await rm(scratch, { recursive: true, force: true })
    }
  }

  return {
    /** What a killed server left behind. */
    clean: () => rm(folder, { recursive: true, force: true }),

    measure: (subject: Subject, signal: AbortSignal): Promise<Measurement> =>
      inScratch(async (scratch) => {
        const of = { project: subject.project, endpoint: subject.body.endpoint }
        const segments = await captures.overlapping(of, subject.window)
        const names = segments.map(({ segment }) => segment)
        const feedback = await captures.feedbackOf(subject.project, names)
        const version = mainVersion(segments)
        const { baseline, content, notes } = await baselineOf(deps, subject, version)
        const files = names.map((name) => join(scratch, `${name}.ndjson`))
        for (const [at, { digest }] of segments.entries())
          await kernel.blobs.materialise(digest, files[at] ?? scratch)
        const output = join(scratch, 'rows.parquet')
        const result = await measureWindow(
          {
            from: subject.window.from,
            to: subject.window.to,
            segments: files,
            feedback: await gather(
              kernel,
              feedback.map(({ digest }) => digest),
              join(scratch, 'feedback.ndjson'),
            ),
            baseline: content,
            ...driftRules(subject.body),
            output,
            spill: scratch,
          },
          { timeoutMs, signal },
        )
        const { digest: rowsDigest } = await kernel.blobs.put(createReadStream(output))
        return {
          result: { ...result, notes: [...result.notes, ...notes] },
          baseline,
          version,
          rowsDigest,
          seen: {
            segments: segments.length,
            labels: segments.reduce((sum, segment) => sum + segment.labels, 0),
          },
        }
      }),
  }
}
export type MeasuringService = ReturnType<typeof measuringService>
