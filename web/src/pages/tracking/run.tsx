import { Link, useParams } from '@tanstack/react-router'
import { type Run, trackingRoutes } from '../../../../src/tracking/contract.ts'
import type { Static } from '../../../../src/kernel/contract.ts'
import { useApi } from '../../api.ts'
import { commands } from '../../commands.ts'
import { places } from '../../places.ts'
import { useSay } from '../../text/text.tsx'
import { Chart } from '../../ui/chart.tsx'
import { CopyAs, curlOf } from '../../ui/copy.tsx'
import { shortId, shortLabel } from '../../ui/digest.tsx'
import { Facts } from '../../ui/facts.tsx'
import { useFormat } from '../../ui/format.ts'
import { LoadedPage } from '../../ui/loaded.tsx'
import { Columns, Page, Panel, Quiet, Stack } from '../../ui/page.tsx'
import { Status } from '../../ui/status.tsx'
import { Table } from '../../ui/table.tsx'
import { Ago, Took } from '../../ui/time.tsx'
import { Artifacts } from './artifacts.tsx'
import css from './tracking.module.css'

type TrackedRun = Static<typeof Run>
const drawnPoints = 600

/** One metric over its steps; a metric logged once is a figure, not a curve. */
const Curve = ({ project, run, metric }: { project: string; run: string; metric: string }) => {
  const say = useSay()
  const { data } = useApi(trackingRoutes.metricHistory, { project, run, metric, points: drawnPoints })
  if (!data || data.total < 2) return null
  return (
    <Chart
      title={say('tracking.history', { metric })}
      aside={say('tracking.points', { n: data.total })}
      x={data.points.map(({ step }) => step)}
      xLabel={say('tracking.step')}
      series={[
        {
          label: metric,
          color: 1,
          isDots: data.points.length < 40,
          values: data.points.map(({ value }) => (typeof value === 'number' ? value : null)),
        },
      ]}
      height={180}
    />
  )
}

/** Curves are asked for only where the last step says that there is more than one point. */
const Curves = ({ project, run }: { project: string; run: TrackedRun }) => {
  const stepped = Object.entries(run.metrics).filter(([, { step }]) => step > 0)
  if (stepped.length === 0) return null
  return (
    <div className={css['curves']}>
      {stepped.slice(0, 24).map(([metric]) => (
        <Curve key={metric} project={project} run={run.id} metric={metric} />
      ))}
    </div>
  )
}

const Metrics = ({ project, run }: { project: string; run: TrackedRun }) => {
  const say = useSay()
  const { metric } = useFormat()
  const rows = Object.entries(run.metrics).sort(([a], [b]) => a.localeCompare(b))
  return (
    <>
      <Panel title={say('tracking.metrics')} flush>
        {rows.length === 0 ? (
          <p style={{ padding: '0 16px 14px' }}>
            <Quiet>{say('tracking.noMetrics')}</Quiet>
          </p>
        ) : (
          <Table
            label={say('tracking.metrics')}
            rows={rows}
            keyOf={([name]) => name}
            columns={[
              { key: 'name', head: say('tracking.metric'), cell: ([name]) => name },
              {
                key: 'value',
                head: say('tracking.value'),
                isFigure: true,
                cell: ([, { value }]) => metric(value),
              },
              {
                key: 'step',
                head: say('tracking.step'),
                isFigure: true,
                isMinor: true,
                cell: ([, { step }]) => step,
              },
            ]}
          />
        )}
      </Panel>
      {rows.some(([, { step }]) => step > 0) ? (
        <Panel>
          <Curves project={project} run={run} />
        </Panel>
      ) : null}
    </>
  )
}

const Pairs = ({ title, pairs }: { title: string; pairs: Record<string, string> }) => {
  const rows = Object.entries(pairs).sort(([a], [b]) => a.localeCompare(b))
  if (rows.length === 0) return null
  return (
    <Panel title={title}>
      <Facts facts={rows.map(([name, value]) => [name, <code key={name}>{value}</code>])} />
    </Panel>
  )
}

const Origin = ({ project, run }: { project: string; run: TrackedRun }) => {
  const say = useSay()
  const { data: experiment } = useApi(trackingRoutes.getExperiment, { project, experiment: run.experiment })
  return (
    <Panel title={say('tracking.origin')}>
      <Facts
        facts={[
          [
            say('tracking.experiment'),
            <Link key="e" to={places.runs(project)} search={{ experiment: run.experiment } as never}>
              {experiment?.name ?? run.experiment}
            </Link>,
          ],
          run.pipelineRun !== null && [
            say('tracking.pipelineRun'),
            <Link key="p" to={places.pipelineRun(project, run.pipelineRun)}>
              <code>{shortId(run.pipelineRun)}</code>
            </Link>,
          ],
          [say('tracking.user'), run.createdBy.name],
          [say('tracking.created'), <Ago key="a" at={run.startedAt} />],
          [say('tracking.took'), <Took key="t" from={run.startedAt} to={run.endedAt} />],
          ...run.inputs.map(
            ({ name, digest, source }) => [name, <code key={name}>{`${digest} ${source}`}</code>] as const,
          ),
        ]}
      />
    </Panel>
  )
}

export const TrackedRun = () => {
  const say = useSay()
  const { project, run: id } = useParams({ from: '/projects/$project/runs/$run' })
  const asked = useApi(trackingRoutes.getRun, { project, run: id })
  return (
    <LoadedPage asked={asked}>
      {(run) => (
        <Page
          kind={say('tracking.run')}
          title={shortLabel(run.name)}
          beside={<Status of={run.status} />}
          actions={
            <CopyAs
              curl={() => curlOf(trackingRoutes.getRun, { project, run: id })}
              cli={commands.run(project, id)}
            />
          }
        >
          <Columns wide>
            <Stack>
              <Metrics project={project} run={run} />
              <Artifacts project={project} run={run.id} />
            </Stack>
            <Stack>
              <Origin project={project} run={run} />
              <Pairs title={say('tracking.params')} pairs={run.params} />
              <Pairs title={say('tracking.tags')} pairs={run.tags} />
            </Stack>
          </Columns>
        </Page>
      )}
    </LoadedPage>
  )
}
