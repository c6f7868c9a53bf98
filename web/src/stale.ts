import type { Static } from '../../src/kernel/contract.ts'
import type { LedgerEventView } from '../../src/kernel/routes.contract.ts'

export type LedgerEvent = Static<typeof LedgerEventView>

/** Which addresses an event makes stale, by the first word of its type. Everything else on screen stays as it is. */
const staleBy: Record<string, readonly string[]> = {
  account: ['/accounts', '/tokens'],
  alert: ['/alerts', '/monitors'],
  data: ['/repositories'],
  definition: ['/projects'],
  endpoint: ['/endpoints', '/agents'],
  features: ['/features'],
  maturity: ['/maturity'],
  model: ['/models', '/endpoints'],
  monitor: ['/monitors', '/alerts'],
  pipeline: ['/pipeline-runs', '/pipelines'],
  project: ['/projects'],
  release: ['/endpoints', '/agents'],
  rollout: ['/endpoints', '/agents'],
  run: ['/runs', '/experiments'],
  token: ['/tokens'],
  trigger: ['/triggers'],
}
const identities = [
  'project',
  'run',
  'model',
  'endpoint',
  'monitor',
  'trigger',
  'repository',
  'view',
] as const

/** A question about one run is not stale because another run moved. */
const isOfAnother = (event: LedgerEvent, input: Record<string, unknown>): boolean => {
  const data = { ...(event.data as Record<string, unknown> | null), project: event.project }
  return identities.some((name) => {
    const told: unknown = (data as Record<string, unknown>)[name]
    const asked = input[name]
    return typeof told === 'string' && typeof asked === 'string' && told !== asked
  })
}

/** Must what was asked at this address be asked again, now that this has happened? */
export const isStale = (event: LedgerEvent, path: string, input: Record<string, unknown>): boolean => {
  if (path.includes('/ledger/')) return path.endsWith('/events')
  const roots = staleBy[event.type.split('.')[0] ?? ''] ?? []
  return roots.some((root) => path.includes(root)) && !isOfAnother(event, input)
}
