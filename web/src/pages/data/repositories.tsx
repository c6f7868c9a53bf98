import { Link, useParams } from '@tanstack/react-router'
import { dataRoutes } from '../../../../src/data/contract.ts'
import { useApi } from '../../api.ts'
import { commands } from '../../commands.ts'
import { places } from '../../places.ts'
import { useSay } from '../../text/text.tsx'
import { CopyAs, curlOf } from '../../ui/copy.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Page, Panel, Row } from '../../ui/page.tsx'
import { Tag } from '../../ui/status.tsx'
import { Table } from '../../ui/table.tsx'
import { Ago } from '../../ui/time.tsx'

export const Repositories = () => {
  const say = useSay()
  const { project } = useParams({ from: '/projects/$project/data' })
  const asked = useApi(dataRoutes.listRepositories, { project })
  return (
    <Page
      title={say('data.title')}
      actions={
        <CopyAs
          curl={() => curlOf(dataRoutes.listRepositories, { project })}
          cli={commands.repositories(project)}
        />
      }
    >
      <Panel flush>
        <Loaded asked={asked}>
          {({ repositories }) =>
            repositories.length === 0 ? (
              <Empty title={say('data.none')} command={commands.apply}>
                {say('data.noneWhy')}
              </Empty>
            ) : (
              <Table
                label={say('data.title')}
                rows={repositories}
                keyOf={({ name }) => name}
                columns={[
                  {
                    key: 'name',
                    head: say('data.repository'),
                    cell: ({ name }) => <Link to={places.repository(project, name)}>{name}</Link>,
                  },
                  {
                    key: 'about',
                    head: '',
                    isLong: true,
                    isMinor: true,
                    cell: ({ description }) => description,
                  },
                  {
                    key: 'branches',
                    head: say('data.branches'),
                    cell: ({ branches }) => (
                      <Row>
                        {branches.map(({ name }) => (
                          <Tag key={name}>{name}</Tag>
                        ))}
                      </Row>
                    ),
                  },
                  {
                    key: 'newest',
                    head: say('data.newest'),
                    isFigure: true,
                    cell: ({ name, branches }) => {
                      const newest = branches.toSorted((a, b) => b.at - a.at)[0]
                      return newest ? (
                        <Link to={places.commit(project, name, newest.head)}>
                          <code>{newest.head.slice(0, 10)}</code> <Ago at={newest.at} />
                        </Link>
                      ) : (
                        '–'
                      )
                    },
                  },
                ]}
              />
            )
          }
        </Loaded>
      </Panel>
    </Page>
  )
}
