import type { DesiredEndpoint, DesiredVariant, Figures } from '../contract.ts'
import type { Lookup } from './lookups.ts'
import type { Slot } from './slots.ts'

export type LoadedVariant = { variant: DesiredVariant; slot: Slot; figures: Figures }

/** Who answers what share of an endpoint's requests, at one moment. Never changed: a new one takes its place, and it ends with its last request. */
export class Route {
  readonly endpoint: DesiredEndpoint
  readonly live: LoadedVariant[]
  readonly shadows: LoadedVariant[]
  readonly lookups: Lookup[]
  readonly #total: number
  #requests = 0
  #isRetired = false

  constructor(endpoint: DesiredEndpoint, variants: LoadedVariant[], lookups: Lookup[]) {
    this.endpoint = endpoint
    // The newest release first: when its weight grows, whoever had it keeps it.
    this.live = variants
      .filter(({ variant }) => variant.role === 'live')
      .sort((a, b) => b.variant.release - a.variant.release)
    this.shadows = variants.filter(({ variant }) => variant.role === 'shadow')
    this.lookups = lookups
    this.#total = this.live.reduce((sum, { variant }) => sum + variant.weight, 0)
    for (const { slot } of variants) slot.retain()
  }

  /** `position` is from 0 up to 1; the same position gets the same variant while the weights stand. */
  pick(position: number): LoadedVariant | undefined {
    let reached = 0
    for (const loaded of this.live) {
      reached += loaded.variant.weight
      if (position * this.#total < reached) return loaded
    }
    return undefined
  }

  /** Who answers when `failed` did not: the release that carries the endpoint, else any other that is loaded. */
  fallbackFor(failed: LoadedVariant): LoadedVariant | undefined {
    const others = this.live.filter((loaded) => loaded !== failed)
    return others.find(({ variant }) => variant.name === 'champion') ?? others[0]
  }

  begin(): void {
    this.#requests += 1
  }

  end(): void {
    this.#requests -= 1
    this.#letGoIfDone()
  }

  retire(): void {
    this.#isRetired = true
    this.#letGoIfDone()
  }

  #letGoIfDone(): void {
    if (!this.#isRetired || this.#requests > 0) return
    for (const { slot } of [...this.live, ...this.shadows]) slot.release()
  }
}

/** A text → [0, 1), evenly spread also for texts that differ in one letter (FNV-1a, then the finaliser of MurmurHash3). */
export const positionOf = (text: string): number => {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}
