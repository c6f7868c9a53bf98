import { creationKinds } from './creation.ts'
import { operationKinds } from './operation.ts'
import { releaseKinds } from './release.ts'

export { type Effort, type EvidenceKind, thresholdOf } from './kind.ts'

/** K01 to K53: what a maturity report rests on. A changed number changes the digest that the report prints. */
export const evidence = [...creationKinds, ...releaseKinds, ...operationKinds].sort((a, b) =>
  a.id < b.id ? -1 : 1,
)
export type EvidenceId = (typeof evidence)[number]['id']
