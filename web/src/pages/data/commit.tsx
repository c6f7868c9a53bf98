import { Link, useParams } from '@tanstack/react-router'
import type { Static } from '../../../../src/kernel/contract.ts'
import { requestOf } from '../../../../src/kernel/client.ts'
import { type CommitDetail, dataRoutes } from '../../../../src/data/contract.ts'
import { useApi } from '../../api.ts'
import { commands } from '../../commands.ts'
import { places } from '../../places.ts'
import { useSay } from '../../text/text.tsx'
import { CopyAs, curlOf } from '../../ui/copy.tsx'
import { Digest } from '../../ui/digest.tsx'
import { Facts } from '../../ui/facts.tsx'
import { useFormat } from '../../ui/format.ts'
import { LoadedPage } from '../../ui/loaded.tsx'
import { Columns, Page, Panel, Quiet, Stack } from '../../ui/page.tsx'
import { Tag } from '../../ui/status.tsx'
import { Table } from '../../ui/table.tsx'
import { Ago } from '../../ui/time.tsx'

type Detail = Static<typeof CommitDetail>
const tones = { added: 'good', changed: 'busy', removed: 'bad' } as const

const Changes = ({ commit }: { commit: Detail }) => {
  const say = useSay()
  const { bytes } = useFormat()
  const { project, repository } = commit
  return (
    <Panel
      title={say('data.changes')}
      aside={say('data.counts', { added: commit.added, changed: commit.changed, removed: commit.removed })}
      flush
    >
      <Table
        label={say('data.changes')}
        rows={commit.changes}
        keyOf={({ path }) => path}
        columns={[
          {
            key: 'action',
            head: '',
            cell: ({ action }) => <Tag tone={tones[action]}>{say(`data.action.${action}`)}</Tag>,
          },
          {
            key: 'path',
            head: say('data.file'),
            cell: ({ path, after }) =>
              after ? (
                <a href={requestOf(dataRoutes.readFile, { project, repository, ref: commit.id, path }).path}>
                  {path}
                </a>
              ) : (
                path
              ),
          },
          {
            key: 'size',
            head: say('data.size'),
            isFigure: true,
            cell: ({ before, after }) => bytes((after ?? before)?.sizeBytes),
          },
          {
            key: 'digest',
            head: 'sha256',
            isMinor: true,
            cell: ({ before, after }) => <Digest value={(after ?? before)?.digest} />,
          },
        ]}
      />
    </Panel>
  )
}

const Profile = ({ profile }: Pick<Detail, 'profile'>) => {
  const say = useSay()
  const { whole } = useFormat()
  if (profile.state === 'pending')
    return (
      <Panel title={say('data.profile')}>
        <Quiet>{say('data.profilePending')}</Quiet>
      </Panel>
    )
  if (profile.files.length === 0) return null
  return (
    <Panel title={say('data.profile')} flush>
      <Table
        label={say('data.profile')}
        rows={profile.files}
        keyOf={({ path }) => path}
        columns={[
          { key: 'path', head: say('data.file'), cell: ({ path }) => path },
          { key: 'rows', head: say('data.rows'), isFigure: true, cell: ({ rows }) => whole(rows) },
          {
            key: 'columns',
            head: say('data.columns'),
            isLong: true,
            cell: ({ columns, error }) =>
              error ?? (
                <Quiet>{columns.map(({ name, type }) => `${name} ${type.toLowerCase()}`).join(', ')}</Quiet>
              ),
          },
        ]}
      />
    </Panel>
  )
}

export const CommitPage = () => {
  const say = useSay()
  const { project, repository, ref } = useParams({ from: '/projects/$project/data/$repository/commits/$ref' })
  const which = { project, repository, ref }
  const asked = useApi(dataRoutes.getCommit, which)
  return (
    <LoadedPage asked={asked}>
      {(commit) => (
        <Page
          kind={
            <>
              {say('data.commit')} · <Link to={places.repository(project, repository)}>{repository}</Link>
            </>
          }
          title={commit.message === '' ? commit.id.slice(0, 10) : commit.message}
          beside={<Digest value={commit.id} />}
          actions={
            <CopyAs
              curl={() => curlOf(dataRoutes.getCommit, which)}
              cli={commands.diff(project, repository, [
                commit.parents[0]?.slice(0, 12) ?? 'PARENT',
                commit.id.slice(0, 12),
              ])}
            />
          }
        >
          <Columns wide>
            <Stack>
              <Changes commit={commit} />
              <Profile profile={commit.profile} />
            </Stack>
            <Panel>
              <Facts
                facts={[
                  [say('data.author'), commit.author.name],
                  [say('data.when'), <Ago key="a" at={commit.at} />],
                  [say('data.tree'), <Digest key="t" value={commit.tree} />],
                  ...commit.parents.map(
                    (parent) =>
                      [
                        say('data.parent'),
                        <Link key={parent} to={places.commit(project, repository, parent)}>
                          <code>{parent.slice(0, 10)}</code>
                        </Link>,
                      ] as const,
                  ),
                  [
                    say('data.files', { ref: commit.id.slice(0, 10) }),
                    <Link
                      key="f"
                      to={places.repository(project, repository)}
                      search={{ ref: commit.id } as never}
                    >
                      {repository}
                    </Link>,
                  ],
                ]}
              />
            </Panel>
          </Columns>
        </Page>
      )}
    </LoadedPage>
  )
}
