import type { LineageGraph, LineageNode } from './schemas.ts'

type NewNode = Omit<LineageNode, 'digest' | 'link' | 'detail'> & Partial<LineageNode>

/** Collects nodes and edges, each once. Edges lead from what was made to what it was made from. */
export const lineageGraph = (root: string) => {
  const nodes = new Map<string, LineageNode>()
  const edges = new Map<string, LineageGraph['edges'][number]>()
  const notes: string[] = []
  return {
    has: (id: string) => nodes.has(id),
    node: (given: NewNode): string => {
      if (!nodes.has(given.id)) nodes.set(given.id, { digest: null, link: null, detail: {}, ...given })
      return given.id
    },
    edge: (from: string, to: string, label: string): void => {
      edges.set(`${from} ${to} ${label}`, { from, to, label })
    },
    note: (text: string): void => void notes.push(text),
    done: (): LineageGraph => ({ root, nodes: [...nodes.values()], edges: [...edges.values()], notes }),
  }
}
export type GraphBuilder = ReturnType<typeof lineageGraph>
