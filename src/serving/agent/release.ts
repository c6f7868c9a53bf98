import type { DesiredVariant, Figures, ReleaseReport } from '../contract.ts'
import { noFigures } from '../figures.ts'
import type { Slot, Slots } from './slots.ts'

const leastWaitMs = 500
const mostWaitMs = 30_000

type Told = () => void
export type Bringing = {
  slots: Slots
  fetch: (variant: DesiredVariant) => Promise<unknown>
  changed: Told
  tell: (message: string) => void
}

/** One release of one endpoint on this agent: brings its model up, tries again when that fails, and keeps its figures. */
export class HeldRelease {
  readonly project: string
  readonly endpoint: string
  readonly variant: DesiredVariant
  readonly figures: Figures = noFigures()
  phase: ReleaseReport['phase'] = 'fetching'
  attempts = 0
  error: string | undefined
  slot: Slot | undefined
  unwantedSince: number | undefined
  readonly #bringing: Bringing
  #timer: NodeJS.Timeout | undefined
  #isBusy = false

  constructor(of: { project: string; endpoint: string; variant: DesiredVariant }, bringing: Bringing) {
    this.project = of.project
    this.endpoint = of.endpoint
    this.variant = of.variant
    this.#bringing = bringing
  }

  want(): void {
    this.unwantedSince = undefined
    if (this.slot === undefined && !this.#isBusy && this.#timer === undefined) void this.#bringUp()
  }

  /** No longer wanted: lets go of its model. Routes that still answer with it hold it themselves. */
  drop(now: number): void {
    this.unwantedSince ??= now
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.slot?.release()
    this.slot = undefined
    this.phase = 'fetching'
  }

  async #bringUp(): Promise<void> {
    this.#isBusy = true
    this.attempts += 1
    try {
      this.#enter('fetching')
      await this.#bringing.fetch(this.variant)
      this.#enter('loading')
      const slot = await this.#bringing.slots.load(this.variant, (error) => this.#broke(slot, error))
      this.#isBusy = false
      if (this.unwantedSince !== undefined) return slot.release()
      this.slot = slot
      this.error = undefined
      this.#enter('ready')
    } catch (error) {
      this.#isBusy = false
      this.#failed(error as Error)
    }
  }

  #broke(slot: Slot, error: Error): void {
    if (this.slot !== slot) return
    this.slot = undefined
    slot.release()
    this.#failed(error)
  }

  #failed(error: Error): void {
    if (this.unwantedSince !== undefined) return
    this.error = error.message
    this.#enter('failed')
    const { name, version } = this.variant
    this.#bringing.tell(
      `${this.project}/${this.endpoint}: ${name} (version ${version}) cannot be used: ${error.message}`,
    )
    const waitMs = Math.min(mostWaitMs, leastWaitMs * 2 ** Math.min(this.attempts - 1, 10))
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      void this.#bringUp()
    }, waitMs)
  }

  #enter(phase: ReleaseReport['phase']): void {
    this.phase = phase
    this.#bringing.changed()
  }

  report(isRouted: boolean): ReleaseReport {
    return {
      project: this.project,
      endpoint: this.endpoint,
      release: this.variant.release,
      // Loaded is not yet answering: only who is in the route is ready.
      phase: this.phase === 'ready' && !isRouted ? 'loading' : this.phase,
      attempts: this.attempts,
      ...(this.error === undefined ? {} : { error: this.error }),
      figures: this.figures,
    }
  }
}
