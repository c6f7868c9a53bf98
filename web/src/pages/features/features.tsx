import { Link, useParams } from '@tanstack/react-router'
import { featuresRoutes } from '../../../../src/features/contract.ts'
import { useApi } from '../../api.ts'
import { commands } from '../../commands.ts'
import { places } from '../../places.ts'
import { useSay } from '../../text/text.tsx'
import { CopyAs, curlOf } from '../../ui/copy.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Page, Panel } from '../../ui/page.tsx'
import { Table } from '../../ui/table.tsx'
import { Ready } from './ready.tsx'

export const Features = () => {
  const say = useSay()
  const { project } = useParams({ from: '/projects/$project/features' })
  const asked = useApi(featuresRoutes.listFeatureViews, { project })
  return (
    <Page
      title={say('features.title')}
      actions={
        <CopyAs
          curl={() => curlOf(featuresRoutes.listFeatureViews, { project })}
          cli={commands.features(project)}
        />
      }
    >
      <Panel flush>
        <Loaded asked={asked}>
          {({ views }) =>
            views.length === 0 ? (
              <Empty title={say('features.none')} command={commands.apply}>
                {say('features.noneWhy')}
              </Empty>
            ) : (
              <Table
                label={say('features.title')}
                rows={views}
                keyOf={({ name }) => name}
                columns={[
                  {
                    key: 'name',
                    head: say('features.view'),
                    cell: ({ name }) => <Link to={places.feature(project, name)}>{name}</Link>,
                  },
                  {
                    key: 'about',
                    head: '',
                    isLong: true,
                    isMinor: true,
                    cell: ({ body }) => body.description,
                  },
                  {
                    key: 'entity',
                    head: say('features.entity'),
                    cell: ({ body }) => <code>{body.entity}</code>,
                  },
                  {
                    key: 'count',
                    head: say('features.features'),
                    isFigure: true,
                    cell: ({ body }) => Object.keys(body.features).length,
                  },
                  { key: 'online', head: say('features.online'), cell: (view) => <Ready view={view} /> },
                ]}
              />
            )
          }
        </Loaded>
      </Panel>
    </Page>
  )
}
