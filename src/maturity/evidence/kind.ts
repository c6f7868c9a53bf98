export type Effort = 'minutes' | 'hours' | 'days' | 'not yet possible'

/** One kind of evidence, as data: what is counted, when it is enough, and what to do when it is not. */
export type EvidenceKind = {
  id: string
  title: string
  /** What is counted, over what. */
  asks: string
  /** Records that it is computed from. */
  records: readonly string[]
  /** null: only what is true now. */
  windowDays: number | null
  /** With fewer records there is nothing to judge. */
  minimum: number
  /** Share that is enough, where a share decides. */
  share?: number
  /** Other numbers that its rule uses. */
  limit?: Readonly<Record<string, number>>
  /** The part of the rule that a share does not say. */
  also?: string
  /** What the figure cannot see. */
  limits?: string
  /** Which records the product does not keep yet; such evidence is never met. */
  missing?: string
  effort: Effort
  say: string
  command?: string
}

/** Holds the literal ids, so that a bullet or a measure that names an unknown one does not compile. */
export const evidenceKinds = <const Id extends string>(
  kinds: readonly (EvidenceKind & { id: Id })[],
): readonly (EvidenceKind & { id: Id })[] => kinds

/** When it counts as met, in words, from the same numbers that decide. */
export const thresholdOf = (kind: EvidenceKind): string => {
  const share = kind.share === undefined ? [] : [`at least ${Math.round(kind.share * 100)} %`]
  const also = kind.also === undefined ? [] : [kind.also]
  const minimum = kind.share !== undefined && kind.minimum > 1 ? [`of at least ${kind.minimum} records`] : []
  const window = kind.windowDays === null ? 'now' : `in the last ${kind.windowDays} days`
  return [...share, ...minimum, ...also, window].join(', ')
}
