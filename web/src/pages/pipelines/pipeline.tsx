import { useNavigate, useParams } from '@tanstack/react-router'
import { pipelineRoutes, type Run } from '../../../../src/pipelines/contract.ts'
import { useApi } from '../../api.ts'
import { commands } from '../../commands.ts'
import { places } from '../../places.ts'
import { useSay } from '../../text/text.tsx'
import { Act } from '../../ui/act.tsx'
import { CopyAs, curlOf } from '../../ui/copy.tsx'
import { Digest } from '../../ui/digest.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Graph } from '../../ui/graph.tsx'
import type { GraphEdge, GraphNode } from '../../ui/graph-shape.ts'
import { Json } from '../../ui/json.tsx'
import { Loaded, LoadedPage } from '../../ui/loaded.tsx'
import { Page, Panel } from '../../ui/page.tsx'
import { RunsTable } from './runs-table.tsx'

type Step = { name: string; needs: readonly string[]; uses: string | null; command: readonly string[] | null }

const nodesOf = (steps: readonly Step[]): GraphNode[] =>
  steps.map(({ name, uses, command }) => ({
    id: name,
    title: name,
    tone: 'idle',
    note: uses ?? command?.join(' ') ?? '',
  }))
const edgesOf = (steps: readonly Step[]): GraphEdge[] =>
  steps.flatMap(({ name, needs }) => needs.map((need) => ({ from: need, to: name })))

export const PipelinePage = () => {
  const say = useSay()
  const navigate = useNavigate()
  const { project, pipeline } = useParams({ from: '/projects/$project/pipelines/$pipeline' })
  const asked = useApi(pipelineRoutes.getPipeline, { project, pipeline })
  const runs = useApi(pipelineRoutes.listRuns, { project, pipeline, limit: 20 })
  return (
    <LoadedPage asked={asked}>
      {({ version, digest, declared, steps }) => (
        <Page
          kind={say('pipelines.pipeline')}
          title={pipeline}
          beside={
            <>
              {say('pipelines.version', { version })} <Digest value={digest} />
            </>
          }
          lead={declared.description}
          actions={
            <>
              <Act
                label={say('pipelines.start')}
                icon="play"
                tone="main"
                route={pipelineRoutes.startRun}
                input={() => ({ project, pipeline })}
                ask={say('pipelines.startAsk', { pipeline })}
                cli={commands.startRun(project, pipeline)}
                onDone={(run) => void navigate({ to: places.pipelineRun(project, (run as Run).id) })}
              />
              <CopyAs
                curl={() => curlOf(pipelineRoutes.startRun, { project, pipeline })}
                cli={commands.startRun(project, pipeline)}
              />
            </>
          }
        >
          <Panel title={say('pipelines.steps')} flush>
            <Graph
              label={say('pipelines.graph', { pipeline })}
              nodes={nodesOf(steps)}
              edges={edgesOf(steps)}
            />
          </Panel>
          <Panel title={say('pipelines.runs')} flush>
            <Loaded asked={runs}>
              {({ runs }) =>
                runs.length === 0 ? (
                  <Empty title={say('pipelines.noRuns')} command={commands.startRun(project, pipeline)} />
                ) : (
                  <RunsTable project={project} runs={runs} />
                )
              }
            </Loaded>
          </Panel>
          <Panel title={say('pipelines.declared')}>
            <Json value={declared} />
          </Panel>
        </Page>
      )}
    </LoadedPage>
  )
}
