import type { Readable } from 'node:stream'
import type { Principal } from '../kernel/auth/principal.ts'
import { AppError } from '../kernel/errors.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { Target } from './alert.recording.ts'
import { type AlertQuery, type AlertStore, toAlert } from './alert.store.ts'
import type { CaptureStore } from './captures.store.ts'
import { monitor as declared } from './definition.ts'
import type { EvaluatingService } from './evaluating.ts'
import type { AlertView, MonitorView, WindowView } from './schemas.ts'
import type { Turns } from './turns.ts'
import { toView, type WindowStore, type OfMonitor } from './window.store.ts'
import { mostWindows, windowsBetween } from './windows.ts'

type Deps = {
  kernel: Kernel
  captures: CaptureStore
  windows: WindowStore
  alerts: AlertStore
  evaluating: EvaluatingService
  turns: Turns
}

const mostOnRequest = 500

/** What people and pages ask of monitors, windows and alerts. */
export const monitoringService = ({ kernel, captures, windows, alerts, evaluating, turns }: Deps) => {
  const targetOf = async ({ project, monitor }: OfMonitor): Promise<Target> => {
    const found = await kernel.definitions.get(project, declared, monitor)
    if (found) return { project, monitor: found }
    throw new AppError('not_found', `Project ${project} has no monitor ${monitor}.`, {
      hint: 'Monitors are declared under `monitors` in esteira.yaml; `esteira apply` makes them.',
    })
  }

  const describe = async ({ project, monitor }: Target): Promise<MonitorView> => {
    const key = { project, monitor: monitor.name }
    const of = { project, endpoint: monitor.body.endpoint }
    const [newest] = await windows.newest(key, 1)
    const { segments, rows, from, to } = await captures.span(of)
    return {
      name: monitor.name,
      version: monitor.version,
      endpoint: monitor.body.endpoint,
      description: monitor.body.description ?? null,
      definition: monitor.body,
      status: newest?.status ?? 'empty',
      openAlerts: await alerts.open(key),
      windows: await windows.count(key),
      lastWindow: newest?.id ?? null,
      captures: { segments, rows, from, to },
      labels: await captures.labelCounts(of),
    }
  }

  const rowOf = async (of: OfMonitor, window: string) => {
    const row = await windows.find(of, window)
    if (row) return row
    throw new AppError('not_found', `Monitor ${of.monitor} has no evaluated window ${window}.`, {
      hint: 'A window is evaluated when it closes, or on request by `evaluate`.',
    })
  }

  return {
    list: async (project: string): Promise<MonitorView[]> => {
      const found = await kernel.definitions.list(project, declared)
      return Promise.all(found.map((monitor) => describe({ project, monitor })))
    },

    get: async (of: OfMonitor, limit: number) => {
      const target = await targetOf(of)
      return {
        monitor: await describe(target),
        windows: (await windows.newest(of, limit)).map(toView),
        alerts: (await alerts.list({ ...of, limit: 200 })).map(toAlert),
      }
    },

    window: async (of: OfMonitor, window: string): Promise<WindowView> => toView(await rowOf(of, window)),

    rows: async (of: OfMonitor, window: string): Promise<{ stream: Readable; sizeBytes: number }> => {
      const { rowsDigest } = await rowOf(of, window)
      const stat = await kernel.blobs.stat(rowsDigest)
      return { stream: await kernel.blobs.get(rowsDigest), sizeBytes: stat?.sizeBytes ?? 0 }
    },

    /** Evaluates now the windows that touch a span of event time, in order. */
    evaluate: async (
      of: OfMonitor,
      asked: { from?: number; to?: number; signal: AbortSignal },
    ): Promise<WindowView[]> => {
      const target = await targetOf(of)
      const span = await captures.span({ project: of.project, endpoint: target.monitor.body.endpoint })
      if (span.from === null || span.to === null) return []
      const from = Math.max(asked.from ?? span.from, span.from)
      const to = Math.min(asked.to ?? span.to, span.to)
      const wanted = windowsBetween(target.monitor.body.window ?? 'day', from, to)
      if (wanted.length > mostOnRequest || wanted.length >= mostWindows)
        throw new AppError('invalid', `That span holds more than ${mostOnRequest} windows.`, {
          hint: 'Ask for a shorter span with `from` and `to`.',
        })
      const views: WindowView[] = []
      for (const window of wanted) {
        asked.signal.throwIfAborted()
        const view = await turns.take(() =>
          evaluating.evaluate({ target, window, onRequest: true }, asked.signal),
        )
        if (view) views.push(view)
      }
      return views
    },

    alerts: async (query: AlertQuery): Promise<{ alerts: AlertView[]; next?: string }> => {
      const rows = await alerts.list({ ...query, limit: query.limit + 1 })
      const shown = rows.slice(0, query.limit)
      const last = shown.at(-1)
      return { alerts: shown.map(toAlert), ...(rows.length > query.limit && last ? { next: last.id } : {}) }
    },

    acknowledge: (
      of: { project: string; alert: string },
      note: string | undefined,
      actor: Principal,
    ): Promise<AlertView> =>
      kernel.write(async (tx) => {
        const row = await alerts.find(of, tx)
        if (!row) throw new AppError('not_found', `Project ${of.project} has no alert ${of.alert}.`)
        if (row.acknowledgedAt !== null)
          throw new AppError('conflict', `Alert ${of.alert} was acknowledged before.`)
        const { kind, id, name } = actor
        const change = {
          acknowledgedAt: kernel.clock.now(),
          acknowledgedBy: JSON.stringify({ kind, id, name }),
          note: note ?? null,
        }
        await alerts.change(tx, row.id, change)
        return toAlert({ ...row, ...change })
      }),
  }
}
export type MonitoringService = ReturnType<typeof monitoringService>
