import type { Tone } from './status.tsx'

export type GraphNode = {
  id: string
  title: string
  /** Above the title: what kind of thing. */
  kind?: string
  note?: string
  tone: Tone
  /** Address of the page that shows it. */
  href?: string | undefined
}
export type GraphEdge = { from: string; to: string; label?: string }
export type GraphProps = {
  label: string
  nodes: readonly GraphNode[]
  edges: readonly GraphEdge[]
  chosen?: string | undefined
  onChoose?: (id: string) => void
}
