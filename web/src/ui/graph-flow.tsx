import { graphlib, layout } from '@dagrejs/dagre'
import { Handle, type Node, type NodeProps, Position, ReactFlow, type Edge } from '@xyflow/react'
import '@xyflow/react/dist/base.css'
import { useNavigate } from '@tanstack/react-router'
import { createContext, use, useLayoutEffect, useMemo, useRef, useState } from 'react'
import css from './graph.module.css'
import { reduced } from './graph-reduce.ts'
import type { GraphNode, GraphProps } from './graph-shape.ts'

const size = { width: 176, height: 58 }
type Box = Node<{ node: GraphNode }, 'box'>

type Direction = 'LR' | 'TB'
const Choice = createContext<Pick<GraphProps, 'chosen' | 'onChoose'> & { direction: Direction }>({
  direction: 'LR',
})

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
  const { chosen, onChoose, direction } = use(Choice)
  const navigate = useNavigate()
  const look = {
    className: `${css['node']} nopan`,
    'data-tone': node.tone,
    'data-chosen': chosen === node.id,
  }
  const { href } = node
  return (
    <>
      <Handle
        type="target"
        position={direction === 'LR' ? Position.Left : Position.Top}
        className={css['handle'] ?? ''}
      />
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
      <Handle
        type="source"
        position={direction === 'LR' ? Position.Right : Position.Bottom}
        className={css['handle'] ?? ''}
      />
    </>
  )
}
const nodeTypes = { box: BoxNode }

type Placed = { boxes: Box[]; arrows: Edge[]; width: number; height: number }

const placed = ({ nodes, edges }: Pick<GraphProps, 'nodes' | 'edges'>, rankdir: Direction): Placed => {
  const graph = new graphlib.Graph()
    .setGraph({ rankdir, nodesep: 18, ranksep: rankdir === 'LR' ? 46 : 26 })
    .setDefaultEdgeLabel(() => ({}))
  for (const { id } of nodes) graph.setNode(id, { ...size })
  const shown = reduced(edges)
  for (const { from, to } of shown) graph.setEdge(from, to)
  layout(graph)
  const { width = size.width, height = size.height } = graph.graph() as { width?: number; height?: number }
  return {
    width,
    height,
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
    arrows: shown.map(({ from, to }) => ({
      id: `${from}>${to}`,
      source: from,
      target: to,
      style: { stroke: 'var(--line-strong)', strokeWidth: 1.5 },
    })),
  }
}

const marginPx = 20
/** Smaller than this nobody can read it: then it runs from top to bottom instead. */
const readableScale = 0.62
const leastScale = 0.45

const useRoom = () => {
  const place = useRef<HTMLDivElement>(null)
  const [room, setRoom] = useState(0)
  useLayoutEffect(() => {
    if (!place.current) return undefined
    const sized = new ResizeObserver(([entry]) => setRoom(Math.floor(entry?.contentRect.width ?? 0)))
    sized.observe(place.current)
    return () => sized.disconnect()
  }, [])
  return { place, room }
}

const fit = (width: number, room: number) => Math.min(1, Math.max(leastScale, (room - 2 * marginPx) / width))

const Flow = ({ nodes, edges, chosen, onChoose }: GraphProps) => {
  const { place, room } = useRoom()
  const wide = useMemo(() => placed({ nodes, edges }, 'LR'), [nodes, edges])
  const direction: Direction = room > 0 && fit(wide.width, room) < readableScale ? 'TB' : 'LR'
  const { boxes, arrows, width, height } = useMemo(
    () => (direction === 'LR' ? wide : placed({ nodes, edges }, 'TB')),
    [direction, wide, nodes, edges],
  )
  const scale = fit(width, room)
  const choice = useMemo(
    () => ({ chosen, direction, ...(onChoose ? { onChoose } : {}) }),
    [chosen, direction, onChoose],
  )
  const left = Math.max(marginPx, (room - width * scale) / 2)
  return (
    <Choice value={choice}>
      <div ref={place} style={{ height: height * scale + 2 * marginPx }}>
        {room === 0 ? null : (
          <ReactFlow
            key={`${room} ${direction} ${width} ${height}`}
            nodes={boxes}
            edges={arrows}
            nodeTypes={nodeTypes}
            defaultViewport={{ x: left, y: marginPx, zoom: scale }}
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
        )}
      </div>
    </Choice>
  )
}

// React.lazy takes default exports only.
// oxlint-disable-next-line import/no-default-export
export default Flow
