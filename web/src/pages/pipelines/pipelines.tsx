import { Button } from '@mantine/core'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { pipelineRoutes, RunStatus } from '../../../../src/pipelines/contract.ts'
import { useApi } from '../../api.ts'
import { commands } from '../../commands.ts'
import { places } from '../../places.ts'
import { useSay } from '../../text/text.tsx'
import { CopyAs, curlOf } from '../../ui/copy.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Page, Panel } from '../../ui/page.tsx'
import { Choice } from '../../ui/choice.tsx'
import { Status } from '../../ui/status.tsx'
import { Table } from '../../ui/table.tsx'
import { Ago } from '../../ui/time.tsx'
import { RunsTable } from './runs-table.tsx'

const from = '/projects/$project/pipelines'
const states = RunStatus.anyOf.map(({ const: word }) => word)

const List = ({ project }: { project: string }) => {
  const say = useSay()
  const asked = useApi(pipelineRoutes.listPipelines, { project })
  return (
    <Panel flush>
      <Loaded asked={asked}>
        {({ pipelines }) =>
          pipelines.length === 0 ? (
            <Empty title={say('pipelines.none')} command={commands.apply}>
              {say('pipelines.noneWhy')}
            </Empty>
          ) : (
            <Table
              label={say('pipelines.title')}
              rows={pipelines}
              keyOf={({ name }) => name}
              columns={[
                {
                  key: 'name',
                  head: say('pipelines.pipeline'),
                  cell: ({ name }) => <Link to={places.pipeline(project, name)}>{name}</Link>,
                },
                {
                  key: 'about',
                  head: '',
                  isLong: true,
                  isMinor: true,
                  cell: ({ description }) => description,
                },
                {
                  key: 'steps',
                  head: say('pipelines.steps'),
                  isFigure: true,
                  cell: ({ steps }) => steps.length,
                },
                {
                  key: 'last',
                  head: say('pipelines.lastRun'),
                  cell: ({ lastRun }) =>
                    lastRun === null ? (
                      '–'
                    ) : (
                      <Link to={places.pipelineRun(project, lastRun.id)}>
                        <Status of={lastRun.status} /> <Ago at={lastRun.createdAt} />
                      </Link>
                    ),
                },
              ]}
            />
          )
        }
      </Loaded>
    </Panel>
  )
}

const pageSize = 50

export const Pipelines = () => {
  const say = useSay()
  const navigate = useNavigate()
  const { project } = useParams({ from })
  const { pipeline, status } = useSearch({ from })
  const [shown, setShown] = useState(pageSize)
  const wanted = states.find((word) => word === status)
  const asked = useApi(
    pipelineRoutes.listRuns,
    { project, limit: shown, ...(pipeline ? { pipeline } : {}), ...(wanted ? { status: wanted } : {}) },
    { keepsShown: true },
  )
  return (
    <Page
      title={say('pipelines.title')}
      actions={
        <CopyAs
          curl={() => curlOf(pipelineRoutes.listPipelines, { project })}
          cli={commands.pipelines(project)}
        />
      }
    >
      <List project={project} />
      <Panel
        title={say('pipelines.runs')}
        flush
        aside={
          <Choice
            label={say('pipelines.status')}
            value={wanted ?? ''}
            options={states}
            onChoose={(word) =>
              void navigate({ from, search: { pipeline, status: word || undefined } as never })
            }
          />
        }
      >
        <Loaded asked={asked}>
          {({ runs, next }) => (
            <>
              {runs.length === 0 ? (
                <Empty
                  title={say('pipelines.noRuns')}
                  command={commands.startRun(project, pipeline ?? 'PIPELINE')}
                />
              ) : (
                <RunsTable project={project} runs={runs} />
              )}
              {next === null ? null : (
                <Button
                  variant="subtle"
                  size="xs"
                  m={8}
                  onClick={() => setShown(Math.min(500, shown + pageSize))}
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
