import { Link, useParams } from '@tanstack/react-router'
import { registryRoutes } from '../../../../src/registry/contract.ts'
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

export const Models = () => {
  const say = useSay()
  const { project } = useParams({ from: '/projects/$project/models' })
  const asked = useApi(registryRoutes.listModels, { project })
  return (
    <Page
      title={say('registry.models')}
      actions={
        <CopyAs curl={() => curlOf(registryRoutes.listModels, { project })} cli={commands.models(project)} />
      }
    >
      <Panel flush>
        <Loaded asked={asked}>
          {({ models }) =>
            models.length === 0 ? (
              <Empty title={say('registry.none')} command={commands.apply}>
                {say('registry.noneWhy')}
              </Empty>
            ) : (
              <Table
                label={say('registry.models')}
                rows={models}
                keyOf={({ name }) => name}
                columns={[
                  {
                    key: 'name',
                    head: say('registry.model'),
                    cell: ({ name }) => <Link to={places.model(project, name)}>{name}</Link>,
                  },
                  {
                    key: 'about',
                    head: '',
                    isLong: true,
                    isMinor: true,
                    cell: ({ description }) => description,
                  },
                  {
                    key: 'latest',
                    head: say('registry.latest'),
                    isFigure: true,
                    cell: ({ name, latestVersion }) =>
                      latestVersion === null ? (
                        '–'
                      ) : (
                        <Link to={places.version(project, name, latestVersion)}>{latestVersion}</Link>
                      ),
                  },
                  {
                    key: 'aliases',
                    head: say('registry.aliases'),
                    cell: ({ name, aliases, waiting }) => (
                      <Row>
                        {Object.entries(aliases).map(([alias, version]) => (
                          <Link key={alias} to={places.version(project, name, version)}>
                            <Tag tone="accent">{`${alias} ${version}`}</Tag>
                          </Link>
                        ))}
                        {waiting > 0 ? (
                          <Tag tone="warn">{say('registry.waiting', { n: waiting })}</Tag>
                        ) : null}
                      </Row>
                    ),
                  },
                  {
                    key: 'at',
                    head: '',
                    isFigure: true,
                    isMinor: true,
                    cell: ({ updatedAt }) => <Ago at={updatedAt} />,
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
