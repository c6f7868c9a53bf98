import type { Principal } from '../kernel/auth/principal.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { CaptureStore } from './captures.store.ts'

type Label = { prediction: string; value: number | boolean; at?: number | undefined }
export type Feedback = { project: string; endpoint: string; labels: readonly Label[] }

/** One line of a feedback file. `feedback` and `line` order labels by arrival. */
export type FeedbackLine = { prediction: string; value: number; at: number; feedback: string; line: number }

export const segmentOf = (prediction: string): string => prediction.slice(0, prediction.lastIndexOf('.'))

const countBy = (keys: Iterable<string>): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}

/** Takes true outcomes. They are kept as they come; the last label of a prediction counts when a window is measured. */
export const feedbackService = (kernel: Kernel, store: CaptureStore) => ({
  async receive({ project, endpoint, labels }: Feedback, actor: Principal) {
    const id = kernel.ids('fb')
    const receivedAt = kernel.clock.now()
    const lines = labels.map(({ prediction, value, at }, line): FeedbackLine => ({
      prediction,
      value: Number(value),
      at: at ?? receivedAt,
      feedback: id,
      line,
    }))
    const last = new Map(lines.map((line) => [line.prediction, line]))
    const bySegment = countBy([...last.keys()].map(segmentOf))
    const known = await store.known(project, [...bySegment.keys()])
    const { digest } = await kernel.blobs.put(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    await kernel.write((tx) =>
      store.addFeedback(
        tx,
        { id, project, endpoint, digest, labels: last.size, receivedAt, actor: JSON.stringify(whoIs(actor)) },
        bySegment,
      ),
    )
    const unknown = [...bySegment].reduce(
      (sum, [segment, count]) => sum + (known.has(segment) ? 0 : count),
      0,
    )
    return { feedback: id, accepted: last.size, unknown, duplicates: lines.length - last.size }
  },
})
export type FeedbackService = ReturnType<typeof feedbackService>

const whoIs = ({ kind, id, name }: Principal) => ({ kind, id, name })
