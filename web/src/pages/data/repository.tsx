import { Button } from '@mantine/core'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { requestOf } from '../../../../src/kernel/client.ts'
import { dataRoutes } from '../../../../src/data/contract.ts'
import { useApi } from '../../api.ts'
import { commands } from '../../commands.ts'
import { places } from '../../places.ts'
import { useSay } from '../../text/text.tsx'
import { CopyAs, curlOf } from '../../ui/copy.tsx'
import { Digest } from '../../ui/digest.tsx'
import { Empty } from '../../ui/empty.tsx'
import { useFormat } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { Loaded, LoadedPage } from '../../ui/loaded.tsx'
import { Page, Panel, Row } from '../../ui/page.tsx'
import { Table } from '../../ui/table.tsx'
import { Ago } from '../../ui/time.tsx'
import pathCss from '../../ui/path.module.css'

type Where = { project: string; repository: string; at: string }

/** Each folder of the path, to go back to. */
const Crumbs = ({ project, repository, at: ref, path }: Where & { path: string }) => {
  const parts = path === '' ? [] : path.split('/')
  return (
    <span className={pathCss['path']}>
      <Link to={places.repository(project, repository)} search={{ ref } as never}>
        {repository}
      </Link>
      {parts.map((part, index) => (
        <span key={parts.slice(0, index + 1).join('/')}>
          /{' '}
          <Link
            to={places.repository(project, repository)}
            search={{ ref, path: parts.slice(0, index + 1).join('/') } as never}
          >
            {part}
          </Link>
        </span>
      ))}
    </span>
  )
}

const Tree = ({ project, repository, at: ref, path }: Where & { path: string }) => {
  const say = useSay()
  const { bytes } = useFormat()
  const asked = useApi(
    dataRoutes.listTree,
    { project, repository, ref, path, limit: 1000 },
    { keepsShown: true },
  )
  const inFolder = (name: string) => (path === '' ? name : `${path}/${name}`)
  return (
    <Panel
      title={say('data.files', { ref: ref.length > 20 ? ref.slice(0, 10) : ref })}
      aside={<Crumbs project={project} repository={repository} at={ref} path={path} />}
      flush
    >
      <Loaded asked={asked}>
        {({ entries }) => (
          <Table
            label={say('data.files', { ref })}
            rows={entries}
            keyOf={({ name }) => name}
            columns={[
              {
                key: 'name',
                head: say('data.file'),
                cell: ({ name, kind }) => (
                  <Row>
                    <Icon name={kind === 'tree' ? 'folder' : 'file'} />
                    {kind === 'tree' ? (
                      <Link
                        to={places.repository(project, repository)}
                        search={{ ref, path: inFolder(name) } as never}
                      >
                        {name}
                      </Link>
                    ) : (
                      <a
                        href={
                          requestOf(dataRoutes.readFile, { project, repository, ref, path: inFolder(name) })
                            .path
                        }
                      >
                        {name}
                      </a>
                    )}
                  </Row>
                ),
              },
              {
                key: 'size',
                head: say('data.size'),
                isFigure: true,
                cell: ({ sizeBytes }) => bytes(sizeBytes),
              },
              {
                key: 'digest',
                head: 'sha256',
                isMinor: true,
                cell: ({ digest }) => <Digest value={digest} />,
              },
            ]}
          />
        )}
      </Loaded>
    </Panel>
  )
}

const Commits = ({ project, repository, at: ref }: Where) => {
  const say = useSay()
  const [limit, setLimit] = useState(30)
  const asked = useApi(dataRoutes.listCommits, { project, repository, ref, limit }, { keepsShown: true })
  return (
    <Panel title={say('data.commits')} flush>
      <Loaded asked={asked}>
        {({ commits, next }) => (
          <>
            <Table
              label={say('data.commits')}
              rows={commits}
              keyOf={({ id }) => id}
              columns={[
                {
                  key: 'id',
                  head: say('data.commit'),
                  cell: ({ id }) => (
                    <Link to={places.commit(project, repository, id)}>
                      <code>{id.slice(0, 10)}</code>
                    </Link>
                  ),
                },
                { key: 'message', head: say('data.message'), isLong: true, cell: ({ message }) => message },
                {
                  key: 'counts',
                  head: say('data.changes'),
                  isFigure: true,
                  isMinor: true,
                  cell: ({ added, changed, removed }) => say('data.counts', { added, changed, removed }),
                },
                { key: 'by', head: say('data.author'), isMinor: true, cell: ({ author }) => author.name },
                { key: 'at', head: say('data.when'), isFigure: true, cell: ({ at }) => <Ago at={at} /> },
              ]}
            />
            {next === undefined ? null : (
              <Button variant="subtle" size="xs" m={8} onClick={() => setLimit(Math.min(1000, limit + 100))}>
                {say('ui.more')}
              </Button>
            )}
          </>
        )}
      </Loaded>
    </Panel>
  )
}

export const RepositoryPage = () => {
  const say = useSay()
  const navigate = useNavigate()
  const { project, repository: name } = useParams({ from: '/projects/$project/data/$repository' })
  const { ref = 'main', path = '' } = useSearch({ from: '/projects/$project/data/$repository' })
  const asked = useApi(dataRoutes.getRepository, { project, repository: name })
  return (
    <LoadedPage asked={asked}>
      {(repository) => (
        <Page
          kind={say('data.repository')}
          title={name}
          lead={repository.description}
          actions={
            <>
              {repository.branches.length < 2 ? null : (
                <select
                  aria-label={say('data.branch')}
                  value={ref}
                  onChange={(event) =>
                    void navigate({
                      to: places.repository(project, name),
                      search: { ref: event.currentTarget.value } as never,
                    })
                  }
                >
                  {[...new Set([ref, ...repository.branches.map((branch) => branch.name)])].map((branch) => (
                    <option key={branch} value={branch}>
                      {branch}
                    </option>
                  ))}
                </select>
              )}
              <CopyAs
                curl={() => curlOf(dataRoutes.listCommits, { project, repository: name, ref })}
                cli={commands.commits(project, name)}
              />
            </>
          }
        >
          {repository.branches.length === 0 ? (
            <Panel flush>
              <Empty title={say('data.noCommits')} command={commands.commitData(project, name)}>
                {say('data.noCommitsWhy')}
              </Empty>
            </Panel>
          ) : (
            <>
              <Commits project={project} repository={name} at={ref} />
              <Tree project={project} repository={name} at={ref} path={path} />
            </>
          )}
        </Page>
      )}
    </LoadedPage>
  )
}
