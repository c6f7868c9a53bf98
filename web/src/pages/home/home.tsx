import { Link, useParams } from '@tanstack/react-router'
import { projectRoutes } from '../../../../src/project/contract.ts'
import { kernelRoutes } from '../../../../src/kernel/routes.contract.ts'
import { useApi } from '../../api.ts'
import { commands } from '../../commands.ts'
import { places } from '../../places.ts'
import { useSay } from '../../text/text.tsx'
import { CopyAs, curlOf } from '../../ui/copy.tsx'
import { Empty } from '../../ui/empty.tsx'
import { EventLine, toneOfEvent } from '../../ui/event.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Page, Panel, Stack } from '../../ui/page.tsx'
import { Ago } from '../../ui/time.tsx'
import { Belt } from './belt.tsx'
import { EndpointCards } from './endpoint-cards.tsx'
import css from './home.module.css'
import { Needs } from './needs.tsx'

/** Steps come and go by the dozen; the home page tells what they add up to. */
const told = [
  'project.applied',
  'data.commit.created',
  'pipeline.run.started',
  'pipeline.run.finished',
  'pipeline.run.cancelled',
  'model.version.registered',
  'model.version.refused',
  'model.version.approved',
  'model.version.rejected',
  'rollout.started',
  'rollout.completed',
  'rollout.rolled_back',
  'endpoint.degraded',
  'endpoint.recovered',
  'alert.raised',
  'alert.resolved',
  'trigger.fired',
  'features.materialization.failed',
]

const Activity = ({ project }: { project: string }) => {
  const say = useSay()
  const asked = useApi(
    kernelRoutes.listEvents,
    { project, type: told, newestFirst: true, limit: 14 },
    { keepsShown: true },
  )
  return (
    <Panel
      title={say('home.activity')}
      aside={<Link to={places.ledger(project)}>{say('home.wholeLedger')}</Link>}
      flush
    >
      <Loaded asked={asked}>
        {({ events }) =>
          events.length === 0 ? (
            <Empty title={say('home.noActivity')} command={commands.apply} />
          ) : (
            <ol className={css['activity']}>
              {events.map((event) => (
                <li key={event.seq}>
                  <span className={css['pip']} data-tone={toneOfEvent(event)} />
                  <span className={css['what']}>
                    <EventLine event={event} />
                    <span className={css['who']}>{event.actor.name}</span>
                  </span>
                  <Ago at={event.at} />
                </li>
              ))}
            </ol>
          )
        }
      </Loaded>
    </Panel>
  )
}

export const Home = () => {
  const { project } = useParams({ from: '/projects/$project' })
  const { data } = useApi(projectRoutes.getProject, { project })
  return (
    <Page
      title={project}
      lead={data?.description}
      actions={
        <CopyAs curl={() => curlOf(projectRoutes.getProject, { project })} cli={commands.status(project)} />
      }
    >
      <Belt project={project} />
      <div className={css['columns']}>
        <div className={css['side']}>
          <Needs project={project} />
        </div>
        <Stack>
          <EndpointCards project={project} />
          <Activity project={project} />
        </Stack>
      </div>
    </Page>
  )
}
