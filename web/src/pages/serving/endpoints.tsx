import { Link, useParams } from '@tanstack/react-router'
import { type EndpointSummary, servingRoutes } from '../../../../src/serving/contract.ts'
import { useApi } from '../../api.ts'
import { commands } from '../../commands.ts'
import { places } from '../../places.ts'
import { useSay } from '../../text/text.tsx'
import { CopyAs, curlOf } from '../../ui/copy.tsx'
import { Empty } from '../../ui/empty.tsx'
import { useFormat } from '../../ui/format.ts'
import { Loaded } from '../../ui/loaded.tsx'
import { Page, Panel } from '../../ui/page.tsx'
import { Status } from '../../ui/status.tsx'
import { Table } from '../../ui/table.tsx'

const EndpointTable = ({
  project,
  endpoints,
}: {
  project: string
  endpoints: readonly EndpointSummary[]
}) => {
  const say = useSay()
  const format = useFormat()
  return (
    <Table
      label={say('endpoints.title')}
      rows={endpoints}
      keyOf={({ name }) => name}
      columns={[
        {
          key: 'name',
          head: say('endpoints.endpoint'),
          cell: ({ name }) => <Link to={places.endpoint(project, name)}>{name}</Link>,
        },
        {
          key: 'health',
          head: say('endpoints.health'),
          cell: ({ health, reason }) => <Status of={health} note={reason ?? undefined} />,
        },
        {
          key: 'live',
          head: say('endpoints.live'),
          cell: ({ model, version }) =>
            version === null ? (
              '–'
            ) : (
              <Link to={places.version(project, model, version)}>
                {model} {version}
              </Link>
            ),
        },
        {
          key: 'rollout',
          head: say('endpoints.weight'),
          cell: ({ rollout }) =>
            rollout === null ? '–' : say('home.canary', { version: rollout.version, weight: rollout.weight }),
        },
        {
          key: 'rate',
          head: say('traffic.perSecond'),
          isFigure: true,
          cell: ({ traffic }) => format.rate(traffic.predictionsPerSecond),
        },
        {
          key: 'p95',
          head: say('traffic.p95'),
          isFigure: true,
          cell: ({ traffic }) => format.duration(traffic.latencyP95Ms),
        },
        {
          key: 'errors',
          head: say('traffic.errors'),
          isFigure: true,
          cell: ({ traffic }) => format.share(traffic.errorRate),
        },
      ]}
    />
  )
}

export const Endpoints = () => {
  const say = useSay()
  const { project } = useParams({ from: '/projects/$project/endpoints' })
  const asked = useApi(servingRoutes.listEndpoints, { project }, { everyMs: 3000 })
  return (
    <Page
      title={say('endpoints.title')}
      actions={
        <CopyAs
          curl={() => curlOf(servingRoutes.listEndpoints, { project })}
          cli={commands.endpoints(project)}
        />
      }
    >
      <Panel flush>
        <Loaded asked={asked}>
          {({ endpoints }) =>
            endpoints.length === 0 ? (
              <Empty title={say('endpoints.none')} command={commands.apply}>
                {say('endpoints.noneWhy')}
              </Empty>
            ) : (
              <EndpointTable project={project} endpoints={endpoints} />
            )
          }
        </Loaded>
      </Panel>
    </Page>
  )
}
