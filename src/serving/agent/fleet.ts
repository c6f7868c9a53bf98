import type { Desired, DesiredEndpoint, ReleaseReport } from '../contract.ts'
import type { Files } from './files.ts'
import { readLookup, type Lookup } from './lookups.ts'
import { HeldRelease } from './release.ts'
import { Route, type LoadedVariant } from './route.ts'
import type { Slots } from './slots.ts'

/** Figures of a release that left are reported for this long, so that the server hears the last of them. */
const rememberMs = 10 * 60_000
const lookupRetryMs = 2000

const keyOf = ({ project, name }: { project: string; name: string }): string => `${project}/${name}`

type Options = {
  files: Files
  slots: Slots
  now: () => number
  tell: (message: string) => void
  /** Something that the server should hear of at once. */
  changed: () => void
  /** What this agent answers with now; kept for a start without the server. */
  keep: (endpoints: DesiredEndpoint[]) => void
}

/** Turns desired state into routes: level-triggered, each endpoint on its own, never giving up an answer before there is a better one. */
export class Fleet {
  readonly #options: Options
  readonly #routes = new Map<string, Route>()
  readonly #releases = new Map<string, HeldRelease>()
  readonly #lookups = new Map<string, Lookup>()
  readonly #loadingLookups = new Set<string>()
  #desired = new Map<string, DesiredEndpoint>()
  #settled = new Map<string, DesiredEndpoint>()
  #isClosed = false

  constructor(options: Options) {
    this.#options = options
  }

  apply({ endpoints }: Desired): void {
    this.#desired = new Map(endpoints.map((endpoint) => [keyOf(endpoint), endpoint]))
    const wanted = new Set<string>()
    for (const endpoint of endpoints) {
      for (const lookup of endpoint.lookups) this.#wantLookup(endpoint, lookup)
      for (const variant of endpoint.variants) {
        const key = `${keyOf(endpoint)}/${variant.release}`
        wanted.add(key)
        this.#hold(key, endpoint, variant).want()
      }
    }
    for (const endpoint of endpoints) this.#settle(endpoint)
    for (const [key, route] of this.#routes) if (!this.#desired.has(key)) this.#remove(key, route)
    this.#dropAllBut(wanted)
    this.#options.keep([...this.#settled.values()])
  }

  #hold(key: string, endpoint: DesiredEndpoint, variant: DesiredEndpoint['variants'][number]): HeldRelease {
    const known = this.#releases.get(key)
    if (known) return known
    const { slots, files, tell } = this.#options
    const held = new HeldRelease(
      { project: endpoint.project, endpoint: endpoint.name, variant },
      { slots, fetch: (wanted) => files.model(wanted), tell, changed: () => this.#changed(keyOf(endpoint)) },
    )
    this.#releases.set(key, held)
    return held
  }

  #changed(key: string): void {
    const endpoint = this.#desired.get(key)
    if (this.#isClosed || endpoint === undefined) return
    if (this.#settle(endpoint)) this.#options.keep([...this.#settled.values()])
    this.#options.changed()
  }

  #dropAllBut(wanted: Set<string>): void {
    const now = this.#options.now()
    for (const [key, release] of this.#releases) {
      if (wanted.has(key)) continue
      release.drop(now)
      if (now - (release.unwantedSince ?? now) > rememberMs) this.#releases.delete(key)
    }
  }

  #remove(key: string, route: Route): void {
    this.#routes.delete(key)
    this.#settled.delete(key)
    route.retire()
  }

  #loadedOf(endpoint: DesiredEndpoint): LoadedVariant[] {
    return endpoint.variants.flatMap((variant) => {
      const held = this.#releases.get(`${keyOf(endpoint)}/${variant.release}`)
      return held?.slot ? [{ variant, slot: held.slot, figures: held.figures }] : []
    })
  }

  /** Puts a new route in place if it is at least as able as the present one. Says whether it did. */
  #settle(endpoint: DesiredEndpoint): boolean {
    const key = keyOf(endpoint)
    const present = this.#routes.get(key)
    const loaded = this.#loadedOf(endpoint)
    const lookups = endpoint.lookups.flatMap(
      (lookup) => this.#lookups.get(`${endpoint.project}/${lookup.view}`) ?? [],
    )
    if (lookups.length < endpoint.lookups.length) return false
    const carries = ({ role, weight }: { role: string; weight: number }) => role === 'live' && weight > 0
    const wanted = endpoint.variants.filter(carries)
    const able = loaded.filter(({ variant }) => carries(variant))
    if (wanted.length > 0 && able.length === 0) return false
    // With an answer in place wait for the whole; without one the part that is here is better than none.
    if (present && able.length < wanted.length && !able.some(({ variant }) => variant.name === 'champion'))
      return false
    this.#routes.set(key, new Route(endpoint, loaded, lookups))
    present?.retire()
    if (able.length === wanted.length) this.#settled.set(key, endpoint)
    return true
  }

  #wantLookup(endpoint: DesiredEndpoint, wanted: DesiredEndpoint['lookups'][number]): void {
    const name = `${endpoint.project}/${wanted.view}`
    const id = `${name}@${wanted.digest}`
    if (this.#lookups.get(name)?.digest === wanted.digest || this.#loadingLookups.has(id)) return
    this.#loadingLookups.add(id)
    const load = async (): Promise<void> => {
      const path = await this.#options.files.blob(wanted.digest)
      const lookup = await readLookup(path, wanted)
      // A newer one may have overtaken this.
      const isWanted = this.#desired
        .get(keyOf(endpoint))
        ?.lookups.some(({ digest }) => digest === wanted.digest)
      if (isWanted) this.#lookups.set(name, lookup)
      this.#loadingLookups.delete(id)
      this.#changed(keyOf(endpoint))
    }
    load().catch((error: Error) => {
      this.#loadingLookups.delete(id)
      this.#options.tell(`${name}: the online features cannot be used: ${error.message}`)
      if (!this.#isClosed) setTimeout(() => this.#retryLookup(keyOf(endpoint), wanted), lookupRetryMs).unref()
    })
  }

  #retryLookup(key: string, wanted: DesiredEndpoint['lookups'][number]): void {
    const endpoint = this.#desired.get(key)
    if (endpoint?.lookups.some(({ digest }) => digest === wanted.digest)) this.#wantLookup(endpoint, wanted)
  }

  /** By name, or by `project--name` where two projects use the same one. */
  find(name: string): { route: Route | undefined; found: string[] } {
    const found = [...this.#desired.values()].filter(
      (endpoint) => endpoint.name === name || `${endpoint.project}--${endpoint.name}` === name,
    )
    const [only] = found
    return {
      route: found.length === 1 && only ? this.#routes.get(keyOf(only)) : undefined,
      found: found.map((endpoint) => `${endpoint.project}--${endpoint.name}`),
    }
  }

  get names(): string[] {
    return [...this.#desired.values()].map(({ name }) => name)
  }

  get isReady(): boolean {
    return [...this.#desired.keys()].every((key) => this.#routes.has(key))
  }

  get routes(): Route[] {
    return [...this.#routes.values()]
  }

  report(): ReleaseReport[] {
    return [...this.#releases.values()].map((release) => {
      const route = this.#routes.get(`${release.project}/${release.endpoint}`)
      const isRouted = [...(route?.live ?? []), ...(route?.shadows ?? [])].some(
        ({ slot }) => slot === release.slot,
      )
      return release.report(isRouted)
    })
  }

  /** Every blob and tree that is wanted now, or was when this agent last answered with all it should. */
  neededDigests(): Set<string> {
    const endpoints = [
      ...this.#desired.values(),
      ...this.#settled.values(),
      ...this.routes.map((route) => route.endpoint),
    ]
    const ofVariants = endpoints.flatMap(({ variants }) =>
      variants.flatMap(({ files, tree }) => [files, ...tree.map(({ digest }) => digest)]),
    )
    return new Set([
      ...ofVariants,
      ...endpoints.flatMap(({ lookups }) => lookups.map(({ digest }) => digest)),
    ])
  }

  close(): void {
    this.#isClosed = true
    for (const release of this.#releases.values()) release.drop(this.#options.now())
    for (const route of this.#routes.values()) route.retire()
  }
}
