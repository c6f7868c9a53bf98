import { Link } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import type { Static } from '../../../../src/kernel/contract.ts'
import { type LineageNode, monitoringRoutes } from '../../../../src/monitoring/contract.ts'
import { useApi } from '../../api.ts'
import { useSay } from '../../text/text.tsx'
import { Digest, shortDigest } from '../../ui/digest.tsx'
import { Graph } from '../../ui/graph.tsx'
import type { GraphNode } from '../../ui/graph-shape.ts'
import { Loaded } from '../../ui/loaded.tsx'
import { Panel, Quiet } from '../../ui/page.tsx'
import type { Tone } from '../../ui/status.tsx'
import { Table } from '../../ui/table.tsx'
import { Button } from '@mantine/core'

type LineageOf = Static<typeof LineageNode>

/** The chain of what answered, what made it, and the sources at its end. */
const tones: Record<LineageOf['kind'], Tone> = {
  prediction: 'good',
  release: 'good',
  'model version': 'good',
  'pipeline run': 'idle',
  step: 'idle',
  output: 'idle',
  code: 'warn',
  environment: 'warn',
  'data commit': 'warn',
  'raw file': 'warn',
}

type Answer = { nodes: readonly LineageOf[]; edges: readonly { from: string; to: string; label: string }[] }

/** Hundreds of raw files would drown the picture: the table has them all, the graph ends at their commits. */
const drawn = ({ nodes, edges }: Answer, kindOf: (kind: LineageOf['kind']) => string) => {
  const shown = nodes.filter(({ kind }) => kind !== 'raw file' && kind !== 'output')
  const ids = new Set(shown.map(({ id }) => id))
  // An output stands between two steps; without it they touch.
  const through = edges.filter(({ from, to }) => !ids.has(to) && ids.has(from))
  const bridged = through.flatMap(({ from, to }) =>
    edges.filter((edge) => edge.from === to && ids.has(edge.to)).map((edge) => ({ from, to: edge.to })),
  )
  const direct = edges.filter(({ from, to }) => ids.has(from) && ids.has(to))
  const all = [...direct, ...bridged].filter(({ from, to }) => from !== to)
  const unique = new Map(all.map(({ from, to }) => [`${from}>${to}`, { from, to }]))
  return {
    edges: [...unique.values()],
    nodes: shown.map(({ id, kind, label, digest, link }): GraphNode => ({
      id,
      kind: kindOf(kind),
      title: label,
      tone: tones[kind],
      ...(digest === null ? {} : { note: shortDigest(digest) }),
      ...(link === null ? {} : { href: link }),
    })),
  }
}

const Picture = (answer: Answer) => {
  const say = useSay()
  const { nodes, edges } = useMemo(() => drawn(answer, (kind) => say(`lineage.${kind}`)), [answer, say])
  return <Graph label={say('monitoring.lineage')} nodes={nodes} edges={edges} />
}

const List = ({ nodes }: Pick<Answer, 'nodes'>) => {
  const say = useSay()
  return (
    <Table
      label={say('monitoring.lineage')}
      rows={nodes}
      keyOf={({ id }) => id}
      columns={[
        {
          key: 'kind',
          head: say('lineage.kind'),
          cell: ({ kind }) => <Quiet>{say(`lineage.${kind}`)}</Quiet>,
        },
        {
          key: 'name',
          head: say('lineage.name'),
          isLong: true,
          cell: ({ label, link }) => (link === null ? label : <Link to={link}>{label}</Link>),
        },
        { key: 'digest', head: 'sha256', cell: ({ digest }) => <Digest value={digest} /> },
      ]}
    />
  )
}

/** On a phone the whole way back would be too small to read as a picture. */
const narrowPx = 640

/** From one answer back to raw data and code. */
export const LineagePanel = ({ project, prediction }: { project: string; prediction: string }) => {
  const say = useSay()
  const [asTable, setAsTable] = useState(() => innerWidth < narrowPx)
  const asked = useApi(monitoringRoutes.getPredictionLineage, { project, prediction })
  return (
    <Panel
      title={say('monitoring.lineage')}
      note={say('monitoring.lineageNote')}
      aside={
        <Button variant="subtle" size="compact-xs" color="gray" onClick={() => setAsTable(!asTable)}>
          {asTable ? say('ui.asChart') : say('ui.asTable')}
        </Button>
      }
      flush
    >
      <Loaded asked={asked}>
        {(answer) => (
          <>
            {asTable ? <List nodes={answer.nodes} /> : <Picture nodes={answer.nodes} edges={answer.edges} />}
            {answer.notes.length === 0 ? null : (
              <ul style={{ padding: '8px 16px 14px' }}>
                {answer.notes.map((note) => (
                  <li key={note}>
                    <Quiet>{note}</Quiet>
                  </li>
                ))}
              </ul>
            )}
          </>
        )}
      </Loaded>
    </Panel>
  )
}
