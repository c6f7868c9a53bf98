import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useCallback, useMemo } from 'react'
import { pipelineRoutes, type Run, type RunStep } from '../../../../src/pipelines/contract.ts'
import { useApi } from '../../api.ts'
import { commands } from '../../commands.ts'
import { places } from '../../places.ts'
import { useSay, useTexts } from '../../text/text.tsx'
import { Act } from '../../ui/act.tsx'
import { CopyAs, curlOf } from '../../ui/copy.tsx'
import { Digest, shortId, shortLabel } from '../../ui/digest.tsx'
import { Facts } from '../../ui/facts.tsx'
import { useFormat } from '../../ui/format.ts'
import { Graph } from '../../ui/graph.tsx'
import type { GraphNode } from '../../ui/graph-shape.ts'
import { valueText } from '../../ui/json.tsx'
import { LoadedPage } from '../../ui/loaded.tsx'
import { Columns, Page, Panel, Stack } from '../../ui/page.tsx'
import { Status, Tag, toneOf } from '../../ui/status.tsx'
import { Ago, Took } from '../../ui/time.tsx'
import { Inputs } from './artifacts.tsx'
import { Compare } from './compare.tsx'
import { StepPanel } from './step.tsx'

const isOpen = (run: Run) => run.status === 'running' || run.status === 'cancelling'

/** The step that a reader most likely came for: what failed, else what runs, else the last one. */
const telling = (plan: readonly RunStep[]): RunStep | undefined =>
  plan.find(({ status }) => status === 'failed') ??
  plan.find(({ status }) => status === 'running' || status === 'starting' || status === 'backoff') ??
  plan.at(-1)

const StepGraph = ({ run, chosen }: { run: Run; chosen: string | undefined }) => {
  const { say, has } = useTexts()
  const navigate = useNavigate()
  const { duration } = useFormat()
  const nodes = useMemo(
    () =>
      run.plan.map((step): GraphNode => {
        const key = `status.${step.status}`
        const wallMs = step.attempts.at(-1)?.wallMs ?? null
        const took = wallMs === null || step.status === 'cached' ? '' : ` · ${duration(wallMs)}`
        return {
          id: step.name,
          title: step.name,
          tone: toneOf(step.status),
          note: `${has(key) ? say(key) : step.status}${took}`,
        }
      }),
    [run.plan, say, has, duration],
  )
  const edges = useMemo(
    () => run.plan.flatMap(({ name, needs }) => needs.map((need) => ({ from: need, to: name }))),
    [run.plan],
  )
  const choose = useCallback(
    (step: string) =>
      void navigate({ to: places.step(run.project, run.id, step), replace: true, resetScroll: false }),
    [navigate, run.project, run.id],
  )
  return (
    <Panel flush>
      <Graph
        label={say('pipelines.graph', { pipeline: run.pipeline })}
        nodes={nodes}
        edges={edges}
        chosen={chosen}
        onChoose={choose}
      />
    </Panel>
  )
}

const RunFacts = ({ run }: { run: Run }) => {
  const say = useSay()
  const { duration } = useFormat()
  const { project } = run
  return (
    <Panel>
      <Facts
        facts={[
          [say('pipelines.started'), <Ago key="a" at={run.createdAt} />],
          [say('pipelines.startedBy'), run.startedBy.name],
          [say('pipelines.duration'), <Took key="t" from={run.createdAt} to={run.finishedAt} />],
          [
            'CPU',
            say('pipelines.wallCpu', { wall: duration(run.cost.wallMs), cpu: duration(run.cost.cpuMs) }),
          ],
          run.trackingRun !== null && [
            say('pipelines.tracking'),
            <Link key="r" to={places.run(project, run.trackingRun)}>
              <code>{shortId(run.trackingRun)}</code>
            </Link>,
          ],
          run.reproduces !== null && [
            say('pipelines.reproduces'),
            <Link key="p" to={places.pipelineRun(project, run.reproduces)}>
              <code>{shortId(run.reproduces)}</code>
            </Link>,
          ],
          run.code !== null && [say('pipelines.code'), <Digest key="c" value={run.code.tree} />],
          ...Object.entries(run.environments).map(
            ([name, { lock }]) =>
              [`${say('pipelines.environment')} ${name}`, <Digest key={name} value={lock} />] as const,
          ),
          ...Object.entries(run.parameters).map(
            ([name, value]) => [name, <code key={name}>{valueText(value)}</code>] as const,
          ),
        ]}
      />
    </Panel>
  )
}

const Actions = ({ run }: { run: Run }) => {
  const say = useSay()
  const navigate = useNavigate()
  const input = () => ({ project: run.project, run: run.id })
  return (
    <>
      {isOpen(run) ? (
        <Act
          label={say('pipelines.cancel')}
          icon="cross"
          tone="danger"
          route={pipelineRoutes.cancelRun}
          input={input}
          ask={say('pipelines.cancelAsk')}
          cli={commands.cancelRun(run.project, run.id)}
          isDisabled={run.status === 'cancelling'}
        />
      ) : null}
      {run.status === 'failed' || run.status === 'cancelled' ? (
        <Act
          label={say('pipelines.retry')}
          icon="again"
          tone="main"
          route={pipelineRoutes.retryRun}
          input={input}
        />
      ) : null}
      {isOpen(run) ? null : (
        <Act
          label={say('pipelines.reproduce')}
          icon="again"
          route={pipelineRoutes.reproduceRun}
          input={input}
          ask={say('pipelines.reproduceAsk')}
          cli={commands.reproduce(run.project, run.id)}
          onDone={(started) => void navigate({ to: places.pipelineRun(run.project, (started as Run).id) })}
        />
      )}
      <CopyAs
        curl={() => curlOf(pipelineRoutes.getRun, input())}
        cli={commands.pipelineRun(run.project, run.id)}
      />
    </>
  )
}

export const PipelineRun = () => {
  const say = useSay()
  const { project = '', run: id = '', step: wanted } = useParams({ strict: false })
  const { with: other } = useSearch({ strict: false })
  const asked = useApi(pipelineRoutes.getRun, { project, run: id })
  return (
    <LoadedPage asked={asked}>
      {(run) => {
        const step = run.plan.find(({ name }) => name === wanted) ?? telling(run.plan)
        const compared = other ?? run.reproduces
        return (
          <Page
            kind={
              <>
                {say('pipelines.run')} ·{' '}
                <Link to={places.pipeline(project, run.pipeline)}>{run.pipeline}</Link>{' '}
                {say('pipelines.version', { version: run.pipelineVersion })}
              </>
            }
            title={`${run.pipeline} ${shortId(run.id)}`}
            beside={
              <>
                <Status of={run.status} />
                {run.label === null ? null : <Tag>{shortLabel(run.label)}</Tag>}
              </>
            }
            actions={<Actions run={run} />}
          >
            <StepGraph run={run} chosen={step?.name} />
            <Columns wide>
              <Stack>{step ? <StepPanel run={run} step={step} /> : null}</Stack>
              <Stack>
                <RunFacts run={run} />
                {Object.keys(run.inputs).length === 0 ? null : (
                  <Panel title={say('pipelines.inputsPinned')} flush>
                    <Inputs project={project} inputs={run.inputs} />
                  </Panel>
                )}
              </Stack>
            </Columns>
            {compared === null || isOpen(run) ? null : (
              <Compare project={project} run={run.id} other={compared} />
            )}
          </Page>
        )
      }}
    </LoadedPage>
  )
}
