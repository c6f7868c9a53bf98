import type { GraphEdge } from './graph-shape.ts'

/** Leaves out an arrow where a longer way leads to the same place: it says nothing more. */
export const reduced = (edges: readonly GraphEdge[]): GraphEdge[] => {
  const next = Map.groupBy(edges, ({ from }) => from)
  const leadsTo = (from: string, to: string, seen: Set<string>): boolean =>
    (next.get(from) ?? []).some((edge) => {
      if (edge.to === to) return true
      if (seen.has(edge.to)) return false
      seen.add(edge.to)
      return leadsTo(edge.to, to, seen)
    })
  return edges.filter(
    ({ from, to }) =>
      !(next.get(from) ?? []).some((edge) => edge.to !== to && leadsTo(edge.to, to, new Set())),
  )
}
