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
import { Columns, Page, Panel } from '../../ui/page.tsx'
import { Ago } from '../../ui/time.tsx'
import { Belt } from './belt.tsx'
import { EndpointCards } from './endpoint-cards.tsx'
import css from './home.module.css'
import { Needs } from './needs.tsx'

/** Steps come and go by the dozen; the home page tells what they add up to. */
const told = [
  'project.applied',
  'data.commit.created',
  'pipeline.run.*',
  'model.*',
  'release.*',
  'rollout.*',
  'endpoint.*',
  'alert.*',
  'trigger.*',
  'features.materialization.failed',
  'account.*',
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
      <Columns wide>
        <EndpointCards project={project} />
        <Needs project={project} />
      </Columns>
      <Activity project={project} />
    </Page>
  )
}
