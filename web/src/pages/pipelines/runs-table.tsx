import { Link } from '@tanstack/react-router'
import type { RunSummary } from '../../../../src/pipelines/contract.ts'
import { places } from '../../places.ts'
import { useSay } from '../../text/text.tsx'
import { shortId, shortLabel } from '../../ui/digest.tsx'
import { Row } from '../../ui/page.tsx'
import { Status, Tag } from '../../ui/status.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Ago, Took } from '../../ui/time.tsx'

/** Runs of pipelines, newest first. */
export const RunsTable = ({ project, runs }: { project: string; runs: readonly RunSummary[] }) => {
  const say = useSay()
  const columns: Column<RunSummary>[] = [
    {
      key: 'run',
      head: say('pipelines.run'),
      cell: (run) => (
        <Row>
          <Link to={places.pipelineRun(project, run.id)} title={run.id}>
            {run.pipeline} <code>{shortId(run.id)}</code>
          </Link>
          {run.reproduces === null ? null : <Tag>{say('pipelines.reproduces')}</Tag>}
          {run.label === null ? null : <Tag>{shortLabel(run.label)}</Tag>}
        </Row>
      ),
    },
    { key: 'status', head: say('pipelines.status'), cell: (run) => <Status of={run.status} /> },
    {
      key: 'steps',
      head: say('pipelines.steps'),
      isFigure: true,
      isMinor: true,
      cell: ({ steps }) =>
        `${say('pipelines.progress', { done: steps.total - steps.open, total: steps.total })}${
          steps.cached > 0 ? ` · ${steps.cached} ${say('pipelines.cached')}` : ''
        }`,
    },
    {
      key: 'took',
      head: say('pipelines.duration'),
      isFigure: true,
      cell: (run) => <Took from={run.createdAt} to={run.finishedAt} />,
    },
    { key: 'by', head: say('pipelines.startedBy'), isMinor: true, cell: (run) => run.startedBy.name },
    { key: 'at', head: say('pipelines.started'), isFigure: true, cell: (run) => <Ago at={run.createdAt} /> },
  ]
  return <Table label={say('pipelines.runs')} columns={columns} rows={runs} keyOf={(run) => run.id} />
}
