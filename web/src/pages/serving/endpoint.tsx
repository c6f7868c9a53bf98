import { Link, useParams } from '@tanstack/react-router'
import { type EndpointPage as View, servingRoutes } from '../../../../src/serving/contract.ts'
import { useApi } from '../../api.ts'
import { commands } from '../../commands.ts'
import { places } from '../../places.ts'
import { useSay } from '../../text/text.tsx'
import { Act } from '../../ui/act.tsx'
import { CopyAs, curlOf } from '../../ui/copy.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Loaded, LoadedPage } from '../../ui/loaded.tsx'
import { Columns, Page, Panel, Stack } from '../../ui/page.tsx'
import { Status, Tag } from '../../ui/status.tsx'
import { Table } from '../../ui/table.tsx'
import { Ago } from '../../ui/time.tsx'
import { CallingPanel } from './calling.tsx'
import { RolloutPanel } from './rollout.tsx'
import { TrafficPanel } from './traffic.tsx'

const everyMs = 2000

const Releases = ({ project, endpoint }: { project: string; endpoint: string }) => {
  const say = useSay()
  const asked = useApi(servingRoutes.listReleases, { project, endpoint, limit: 50 })
  return (
    <Panel title={say('endpoints.releases')} flush>
      <Loaded asked={asked}>
        {({ releases }) => (
          <Table
            label={say('endpoints.releases')}
            rows={releases}
            keyOf={({ release }) => release}
            columns={[
              {
                key: 'release',
                head: say('endpoints.release'),
                isFigure: true,
                cell: ({ release }) => release,
              },
              {
                key: 'version',
                head: say('endpoints.version'),
                cell: ({ model, version, live, kind }) => (
                  <>
                    <Link to={places.version(project, model, version)}>
                      {model} {version}
                    </Link>{' '}
                    {live ? <Status of="live" /> : null}{' '}
                    {kind === 'rollback' ? <Tag>{say('endpoints.rollback')}</Tag> : null}
                  </>
                ),
              },
              {
                key: 'outcome',
                head: say('endpoints.outcome'),
                isLong: true,
                cell: ({ outcome }) => (outcome === 'completed' ? <Status of={outcome} /> : outcome),
              },
              { key: 'by', head: '', isMinor: true, cell: ({ createdBy }) => createdBy.name },
              { key: 'at', head: '', isFigure: true, cell: ({ createdAt }) => <Ago at={createdAt} /> },
            ]}
          />
        )}
      </Loaded>
    </Panel>
  )
}

const Agents = ({ agents }: Pick<View, 'agents'>) => {
  const say = useSay()
  return (
    <Panel title={say('endpoints.agents')} flush>
      <Table
        label={say('endpoints.agents')}
        rows={agents}
        keyOf={({ agent }) => agent}
        columns={[
          {
            key: 'agent',
            head: say('endpoints.agent'),
            cell: ({ agent, address }) => <span title={address}>{agent}</span>,
          },
          {
            key: 'releases',
            head: say('endpoints.release'),
            cell: ({ releases }) =>
              releases.map(({ release, phase, error }) => (
                <span key={release} title={error}>
                  {release} <Status of={phase} />{' '}
                </span>
              )),
          },
          {
            key: 'seen',
            head: say('endpoints.seen'),
            isFigure: true,
            cell: ({ seenAt, fresh }) => (
              <>
                {fresh ? null : `${say('endpoints.outdated')} `}
                <Ago at={seenAt} />
              </>
            ),
          },
        ]}
      />
    </Panel>
  )
}

const Parts = ({ project, endpoint, at }: { project: string; endpoint: View; at: number }) => {
  const say = useSay()
  if (endpoint.variants.length === 0 && endpoint.current === null)
    return (
      <Panel flush>
        <Empty title={say('endpoints.noRelease')} command={commands.models(project)}>
          {say('endpoints.noReleaseWhy', { model: endpoint.model })}
        </Empty>
      </Panel>
    )
  return (
    <>
      {endpoint.current === null ? null : <RolloutPanel project={project} rollout={endpoint.current} />}
      <TrafficPanel endpoint={endpoint} at={at} />
      <Columns wide>
        <Stack>
          <Releases project={project} endpoint={endpoint.name} />
          <CallingPanel endpoint={endpoint} />
        </Stack>
        <Agents agents={endpoint.agents} />
      </Columns>
    </>
  )
}

export const EndpointPage = () => {
  const say = useSay()
  const { project, endpoint: name } = useParams({ from: '/projects/$project/endpoints/$endpoint' })
  const which = { project, endpoint: name }
  const asked = useApi(servingRoutes.getEndpoint, which, { everyMs })
  return (
    <LoadedPage asked={asked}>
      {(endpoint) => (
        <Page
          kind={
            <>
              {say('endpoints.endpoint')} ·{' '}
              <Link to={places.model(project, endpoint.model)}>{endpoint.model}</Link>
            </>
          }
          title={name}
          beside={
            <>
              <Status of={endpoint.health} />
              {endpoint.version === null ? null : (
                <Link to={places.version(project, endpoint.model, endpoint.version)}>
                  {say('home.live', { version: endpoint.version })}
                </Link>
              )}
            </>
          }
          lead={
            <>
              {endpoint.description} {endpoint.reason}
            </>
          }
          actions={
            <>
              {endpoint.version === null ? null : (
                <Act
                  label={say('endpoints.rollback')}
                  icon="back"
                  tone="danger"
                  route={servingRoutes.rollback}
                  input={(reason) => ({ ...which, ...(reason === undefined ? {} : { reason }) })}
                  ask={say('endpoints.rollbackAsk')}
                  cli={commands.rollback(project, name)}
                  words={say('endpoints.reason')}
                />
              )}
              <CopyAs
                curl={() => curlOf(servingRoutes.getEndpoint, which)}
                cli={commands.endpoint(project, name)}
              />
            </>
          }
        >
          <Parts project={project} endpoint={endpoint} at={asked.dataUpdatedAt} />
        </Page>
      )}
    </LoadedPage>
  )
}
