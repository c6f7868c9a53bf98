import { graphlib, layout } from '@dagrejs/dagre'
import { Handle, type Node, type NodeProps, Position, ReactFlow, type Edge } from '@xyflow/react'
import '@xyflow/react/dist/base.css'
import { useNavigate } from '@tanstack/react-router'
import { createContext, use, useMemo } from 'react'
import css from './graph.module.css'
import type { GraphNode, GraphProps } from './graph.tsx'

const size = { width: 176, height: 58 }
type Box = Node<{ node: GraphNode }, 'box'>

const Choice = createContext<Pick<GraphProps, 'chosen' | 'onChoose'>>({})

const Face = ({ node }: { node: GraphNode }) => (
  <>
    {node.kind === undefined ? null : <span className={css['kind']}>{node.kind}</span>}
    <span className={css['title']} title={node.title}>
      {node.title}
    </span>
    {node.note === undefined ? null : <span className={css['note']}>{node.note}</span>}
  </>
)

const BoxNode = ({ data: { node } }: NodeProps<Box>) => {
  const { chosen, onChoose } = use(Choice)
  const navigate = useNavigate()
  const look = {
    className: `${css['node']} nopan`,
    'data-tone': node.tone,
    'data-chosen': chosen === node.id,
  }
  const { href } = node
  return (
    <>
      <Handle type="target" position={Position.Left} className={css['handle'] ?? ''} />
      {href !== undefined ? (
        <a
          {...look}
          href={href}
          onClick={(event) => {
            if (event.metaKey || event.ctrlKey) return
            event.preventDefault()
            void navigate({ to: href })
          }}
        >
          <Face node={node} />
        </a>
      ) : onChoose ? (
        <button {...look} type="button" aria-pressed={chosen === node.id} onClick={() => onChoose(node.id)}>
          <Face node={node} />
        </button>
      ) : (
        <div {...look}>
          <Face node={node} />
        </div>
      )}
      <Handle type="source" position={Position.Right} className={css['handle'] ?? ''} />
    </>
  )
}
const nodeTypes = { box: BoxNode }

const placed = ({ nodes, edges }: Pick<GraphProps, 'nodes' | 'edges'>): { boxes: Box[]; arrows: Edge[] } => {
  const graph = new graphlib.Graph()
    .setGraph({ rankdir: 'LR', nodesep: 18, ranksep: 46 })
    .setDefaultEdgeLabel(() => ({}))
  for (const { id } of nodes) graph.setNode(id, { ...size })
  for (const { from, to } of edges) graph.setEdge(from, to)
  layout(graph)
  return {
    boxes: nodes.map((node) => {
      const { x = 0, y = 0 } = graph.node(node.id) as { x?: number; y?: number }
      return {
        id: node.id,
        type: 'box',
        position: { x: x - size.width / 2, y: y - size.height / 2 },
        data: { node },
        ...size,
      }
    }),
    arrows: edges.map(({ from, to }) => ({
      id: `${from}>${to}`,
      source: from,
      target: to,
      style: { stroke: 'var(--line-strong)', strokeWidth: 1.5 },
    })),
  }
}

const Flow = ({ nodes, edges, chosen, onChoose }: GraphProps) => {
  const { boxes, arrows } = useMemo(() => placed({ nodes, edges }), [nodes, edges])
  const choice = useMemo(() => ({ chosen, ...(onChoose ? { onChoose } : {}) }), [chosen, onChoose])
  return (
    <Choice value={choice}>
      <ReactFlow
        nodes={boxes}
        edges={arrows}
        nodeTypes={nodeTypes}
        fitView
        fitViewOptions={{ padding: 0.06, maxZoom: 1, minZoom: 0.35 }}
        minZoom={0.3}
        maxZoom={1.5}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        zoomOnScroll={false}
        preventScrolling={false}
        proOptions={{ hideAttribution: true }}
      />
    </Choice>
  )
}

// React.lazy takes default exports only.
// oxlint-disable-next-line import/no-default-export
export default Flow
