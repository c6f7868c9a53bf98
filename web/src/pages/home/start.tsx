import { Navigate } from '@tanstack/react-router'
import { commands } from '../../commands.ts'
import { places } from '../../places.ts'
import { useProjects } from '../../project.ts'
import { useSay } from '../../text/text.tsx'
import { Empty } from '../../ui/empty.tsx'
import { LoadedPage } from '../../ui/loaded.tsx'
import { Page, Panel } from '../../ui/page.tsx'

/** Before a project is chosen: there is one, or a word on how to make one. */
export const Start = () => {
  const say = useSay()
  return (
    <LoadedPage asked={useProjects()}>
      {({ projects: [first] }) =>
        first ? (
          <Navigate to={places.home(first.name)} replace />
        ) : (
          <Page title={say('start.title')} lead={say('start.lead')}>
            <Panel flush>
              <Empty title={say('start.own')} command={commands.init}>
                {say('start.ownWhy')}
              </Empty>
              <Empty title={say('start.demo')} command={commands.demo}>
                {say('start.demoWhy')}
              </Empty>
            </Panel>
          </Page>
        )
      }
    </LoadedPage>
  )
}
