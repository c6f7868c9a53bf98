import type { DesiredEndpoint, DesiredLookup, DesiredVariant, EndpointBody } from '../contract.ts'
import { weightsOf, type RolloutState } from '../rollout/machine.ts'
import type { StoredRelease } from '../store/release.store.ts'

export type EndpointState = {
  project: string
  name: string
  body: EndpointBody
  live: StoredRelease | undefined
  candidate: { release: StoredRelease; state: RolloutState } | undefined
  first: StoredRelease | undefined
  lookups: DesiredLookup[]
}

type Part = Pick<DesiredVariant, 'name' | 'role' | 'weight'>

const variantOf = (release: StoredRelease, part: Part): DesiredVariant => ({
  ...part,
  release: release.number,
  model: release.model,
  version: release.version,
  files: release.files,
  tree: release.tree,
  format: 'onnx',
  signature: release.signature,
})

const liveVariants = ({ live, candidate }: EndpointState): DesiredVariant[] => {
  if (!candidate) return live ? [variantOf(live, { name: 'champion', role: 'live', weight: 100 })] : []
  const weights = weightsOf(candidate.state)
  // The very first release is what carries the endpoint from its first moment.
  const name = live ? 'canary' : 'champion'
  return [
    ...(live ? [variantOf(live, { name: 'champion', role: 'live', weight: weights.champion })] : []),
    variantOf(candidate.release, { name, role: 'live', weight: weights.canary }),
  ]
}

/** The first version goes on in shadow, unless it answers anyway. */
const shadowVariants = ({ body, live, candidate, first }: EndpointState): DesiredVariant[] => {
  const answering = [live?.version, candidate?.release.version]
  if (body.shadow !== 'first' || !first || answering.includes(first.version)) return []
  return [variantOf(first, { name: 'shadow', role: 'shadow', weight: 0 })]
}

/** What agents should serve for one endpoint; pure, so that the same records always mean the same desired state. */
export const desiredEndpoint = (state: EndpointState): DesiredEndpoint => ({
  project: state.project,
  name: state.name,
  release: state.live?.number ?? null,
  ...(state.body.eventTime === undefined ? {} : { eventTime: state.body.eventTime }),
  variants: [...liveVariants(state), ...shadowVariants(state)],
  lookups: state.lookups,
})
