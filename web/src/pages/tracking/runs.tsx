import { Button, TextInput } from '@mantine/core'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { type RunSummary, trackingRoutes } from '../../../../src/tracking/contract.ts'
import { useApi } from '../../api.ts'
import { commands } from '../../commands.ts'
import { places } from '../../places.ts'
import { useSay } from '../../text/text.tsx'
import { CopyAs, curlOf } from '../../ui/copy.tsx'
import { shortLabel } from '../../ui/digest.tsx'
import { Empty } from '../../ui/empty.tsx'
import { type Format, useFormat } from '../../ui/format.ts'
import { Loaded } from '../../ui/loaded.tsx'
import { Page, Panel } from '../../ui/page.tsx'
import { Status } from '../../ui/status.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Ago, Took } from '../../ui/time.tsx'
import css from './tracking.module.css'

const from = '/projects/$project/runs'
const shownColumns = 5

/** The names that most runs have, so that the table compares what can be compared. */
const commonest = (runs: readonly RunSummary[], of: (run: RunSummary) => object): string[] => {
  const counts = new Map<string, number>()
  for (const run of runs)
    for (const name of Object.keys(of(run))) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].sort(([a, n], [b, m]) => m - n || a.localeCompare(b)).map(([name]) => name)
}

/** Parameters that are the same everywhere say nothing in a table. */
const telling = (runs: readonly RunSummary[]): string[] =>
  commonest(runs, ({ params }) => params).filter(
    (name) => new Set(runs.map(({ params }) => params[name])).size > 1,
  )

const useColumns = (project: string, runs: readonly RunSummary[]): Column<RunSummary>[] => {
  const say = useSay()
  const format: Format = useFormat()
  return [
    {
      key: 'name',
      head: say('tracking.run'),
      cell: (run) => (
        <Link to={places.run(project, run.id)} title={run.name}>
          {shortLabel(run.name)}
        </Link>
      ),
    },
    { key: 'status', head: say('tracking.status'), cell: (run) => <Status of={run.status} /> },
    ...commonest(runs, ({ metrics }) => metrics)
      .slice(0, shownColumns)
      .map((metric): Column<RunSummary> => ({
        key: `metric ${metric}`,
        head: metric,
        isFigure: true,
        cell: ({ metrics }) => format.metric(metrics[metric]?.value),
      })),
    ...telling(runs)
      .slice(0, 2)
      .map((name): Column<RunSummary> => ({
        key: `param ${name}`,
        head: name,
        isMinor: true,
        cell: ({ params }) => <span className={css['param']}>{params[name] ?? '–'}</span>,
      })),
    {
      key: 'took',
      head: say('tracking.took'),
      isFigure: true,
      isMinor: true,
      cell: (run) => <Took from={run.startedAt} to={run.endedAt} />,
    },
    { key: 'at', head: say('tracking.created'), isFigure: true, cell: (run) => <Ago at={run.startedAt} /> },
  ]
}

const RunTable = ({ project, runs }: { project: string; runs: readonly RunSummary[] }) => {
  const say = useSay()
  const columns = useColumns(project, runs)
  return <Table label={say('tracking.runs')} columns={columns} rows={runs} keyOf={(run) => run.id} />
}

type Search = { experiment?: string; filter?: string; order?: string; pipelineRun?: string }

const Experiments = ({
  project,
  search,
  choose,
}: {
  project: string
  search: Search
  choose: (part: Search) => void
}) => {
  const say = useSay()
  const { data } = useApi(trackingRoutes.listExperiments, { project })
  return (
    <select
      className={css['select']}
      aria-label={say('tracking.experiment')}
      value={search.experiment ?? ''}
      onChange={(event) => choose({ experiment: event.currentTarget.value })}
    >
      <option value="">
        {say('tracking.experiment')}: {say('ui.all')}
      </option>
      {data?.experiments.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </select>
  )
}

const Search = ({ search, choose }: { search: Search; choose: (part: Search) => void }) => {
  const say = useSay()
  const [filter, setFilter] = useState(search.filter ?? '')
  const [order, setOrder] = useState(search.order ?? '')
  return (
    <form
      className={css['search']}
      onSubmit={(event) => {
        event.preventDefault()
        choose({ filter, order })
      }}
    >
      <TextInput
        className={css['filter'] ?? ''}
        size="xs"
        aria-label={say('tracking.filter')}
        title={say('tracking.filterHint')}
        placeholder="metrics.auc > 0.7"
        value={filter}
        onChange={(event) => setFilter(event.currentTarget.value)}
      />
      <TextInput
        size="xs"
        aria-label={say('tracking.order')}
        title={say('tracking.orderHint')}
        placeholder="metrics.auc desc"
        value={order}
        onChange={(event) => setOrder(event.currentTarget.value)}
      />
      <Button type="submit" size="xs" variant="default">
        {say('ui.apply')}
      </Button>
    </form>
  )
}

export const Runs = () => {
  const say = useSay()
  const navigate = useNavigate()
  const { project } = useParams({ from })
  const search = useSearch({ from })
  const [limit, setLimit] = useState(100)
  const given = Object.fromEntries(Object.entries(search).filter(([, value]) => value !== ''))
  const input = { project, limit, ...given }
  const asked = useApi(trackingRoutes.searchRuns, input, { keepsShown: true })
  const choose = (part: Search) =>
    void navigate({ to: places.runs(project), search: { ...search, ...part } as never })
  return (
    <Page
      title={say('tracking.title')}
      actions={<CopyAs curl={() => curlOf(trackingRoutes.searchRuns, input)} cli={commands.runs(project)} />}
    >
      <Panel
        title={say('tracking.runs')}
        flush
        aside={
          <>
            <Experiments project={project} search={search} choose={choose} />
            <Search search={search} choose={choose} />
          </>
        }
      >
        <Loaded asked={asked}>
          {({ runs, next }) => (
            <>
              {runs.length === 0 ? (
                <Empty
                  title={say('tracking.noRuns')}
                  command={`export MLFLOW_TRACKING_URI=${location.origin}`}
                >
                  {say('tracking.noRunsWhy')}
                </Empty>
              ) : (
                <RunTable project={project} runs={runs} />
              )}
              {next === undefined ? null : (
                <Button
                  variant="subtle"
                  size="xs"
                  m={8}
                  onClick={() => setLimit(Math.min(1000, limit + 200))}
                >
                  {say('ui.more')}
                </Button>
              )}
            </>
          )}
        </Loaded>
      </Panel>
    </Page>
  )
}
