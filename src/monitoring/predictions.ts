import { AppError } from '../kernel/errors.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { eventTimeOf, linesOf, momentOf } from './capture-lines.ts'
import type { CaptureStore } from './captures.store.ts'
import { type FeedbackLine, segmentOf } from './feedback.ts'
import { walkBack } from './lineage.ts'
import { modelOf, type MonitoringDeps, type ReleaseFacts } from './ports.ts'
import type { CaptureLine, LineageGraph, PredictionView } from './schemas.ts'
import type { SegmentRow } from './tables.ts'

type OfPrediction = { project: string; prediction: string }
type Deps = { kernel: Kernel; captures: CaptureStore; rooms: MonitoringDeps }
type Found = { row: SegmentRow; line: CaptureLine; shadows: CaptureLine[]; release: ReleaseFacts | undefined }

const explain = (line: CaptureLine, release: ReleaseFacts | undefined, endpoint: string): string => {
  const who = release
    ? `Release ${release.release} of ${endpoint} (${release.model} version ${line.version}, variant ${line.variant}) answered`
    : `Variant ${line.variant} of ${endpoint} (version ${line.version}) answered`
  const took = line.latencyMs === undefined ? '' : ` in ${line.latencyMs} ms`
  return line.error === undefined ? `${who}${took}.` : `${who}, but failed: ${line.error}.`
}

const releaseShown = ({ row, release }: Found, project: string): PredictionView['release'] =>
  release
    ? {
        id: String(release.release),
        model: release.model,
        version: release.version,
        link: `/projects/${project}/endpoints/${row.endpoint}`,
      }
    : null

const finder = ({ kernel, captures, rooms }: Deps) => {
  const find = async ({ project, prediction }: OfPrediction): Promise<Found> => {
    const row = await captures.segment({ project, segment: segmentOf(prediction) })
    const found = row && linesOf(await kernel.blobs.read(row.digest), prediction)
    if (!row || !found)
      throw new AppError('not_found', `There is no captured prediction ${prediction}.`, {
        hint: 'Captures arrive some seconds after the answer; ids look like <segment>.<row>.',
      })
    const { version } = found.line
    const latest = await rooms.serving.releaseOf(project, row.endpoint, version)
    const named = Number(found.line.release)
    // A version that was released again has a later number now; the capture knows which one it was.
    const release = latest && { ...latest, release: Number.isInteger(named) ? named : latest.release }
    return { row, ...found, release }
  }

  const labelOf = async ({ project, prediction }: OfPrediction): Promise<PredictionView['label']> => {
    const files = await captures.feedbackOf(project, [segmentOf(prediction)])
    const marker = JSON.stringify(prediction)
    for (const { digest } of files.toReversed()) {
      const lines = (await kernel.blobs.read(digest)).toString('utf8').split('\n')
      const last = lines.findLast((text) => text.includes(marker))
      if (last === undefined) continue
      const { value, at, feedback } = JSON.parse(last) as FeedbackLine
      return { value, at, feedback }
    }
    return null
  }
  return { find, labelOf }
}

/** Finds one prediction again: its line in the capture, its label, who answered, and all that led to it. */
export const predictionService = (deps: Deps) => {
  const { kernel, captures } = deps
  const { find, labelOf } = finder(deps)
  return {
    get: async (of: OfPrediction): Promise<PredictionView> => {
      const found = await find(of)
      const { row, line, shadows, release } = found
      return {
        id: of.prediction,
        endpoint: row.endpoint,
        segment: row.segment,
        segmentDigest: row.digest,
        line,
        shadows,
        label: await labelOf(of),
        release: releaseShown(found, of.project),
        explanation: explain(line, release, row.endpoint),
      }
    },

    lineage: async (of: OfPrediction): Promise<LineageGraph> => {
      const { row, line, release } = await find(of)
      const event = eventTimeOf(line)
      return walkBack(deps.rooms, {
        ...of,
        endpoint: row.endpoint,
        segment: { id: row.segment, digest: row.digest },
        version: line.version,
        release,
        model: await modelOf(kernel.definitions, { project: of.project, endpoint: row.endpoint }),
        detail: {
          output: line.output,
          at: momentOf(line.at) ?? null,
          eventTime: event ?? null,
          variant: line.variant,
          role: line.role,
        },
      })
    },

    /** Some live answers of the newest segments. */
    sample: async (of: { project: string; endpoint: string }, limit: number) => {
      const [newest] = await captures.newest(of, 1)
      if (!newest) return []
      const lines = (await kernel.blobs.read(newest.digest)).toString('utf8').split('\n')
      return lines
        .filter((text) => text !== '')
        .map((text) => JSON.parse(text) as CaptureLine)
        .filter(({ role }) => role === 'live')
        .slice(-limit)
        .map((line) => ({
          id: line.id,
          at: momentOf(line.at) ?? newest.receivedAt,
          version: line.version,
          output: line.output ?? null,
        }))
    },
  }
}
