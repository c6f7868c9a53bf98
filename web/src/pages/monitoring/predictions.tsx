import { Button, TextInput } from '@mantine/core'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { monitoringRoutes } from '../../../../src/monitoring/contract.ts'
import { servingRoutes } from '../../../../src/serving/contract.ts'
import { useApi } from '../../api.ts'
import { commands } from '../../commands.ts'
import { places } from '../../places.ts'
import { useSay } from '../../text/text.tsx'
import { Empty } from '../../ui/empty.tsx'
import { useFormat } from '../../ui/format.ts'
import { valueText } from '../../ui/json.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Page, Panel } from '../../ui/page.tsx'
import { Table } from '../../ui/table.tsx'
import { Ago } from '../../ui/time.tsx'
import css from './monitoring.module.css'

const Find = ({ project }: { project: string }) => {
  const say = useSay()
  const navigate = useNavigate()
  const [id, setId] = useState('')
  return (
    <Panel title={say('monitoring.findTitle')}>
      <form
        className={css['find']}
        onSubmit={(event) => {
          event.preventDefault()
          if (id.trim() !== '') void navigate({ to: places.prediction(project, id.trim()) })
        }}
      >
        <TextInput
          label={say('monitoring.findLabel')}
          value={id}
          onChange={(event) => setId(event.currentTarget.value)}
          size="sm"
          w="min(420px, 100%)"
        />
        <Button type="submit" size="sm">
          {say('monitoring.find')}
        </Button>
      </form>
    </Panel>
  )
}

const Newest = ({ project, endpoint }: { project: string; endpoint: string }) => {
  const say = useSay()
  const { metric } = useFormat()
  const asked = useApi(monitoringRoutes.listPredictions, { project, endpoint, limit: 25 }, { everyMs: 5000 })
  return (
    <Panel title={say('monitoring.predictionsOf', { endpoint })} flush>
      <Loaded asked={asked}>
        {({ predictions }) =>
          predictions.length === 0 ? (
            <Empty title={say('monitoring.noPredictions')} command={commands.endpoint(project, endpoint)}>
              {say('monitoring.noPredictionsWhy')}
            </Empty>
          ) : (
            <Table
              label={say('monitoring.predictions')}
              rows={predictions}
              keyOf={({ id }) => id}
              columns={[
                {
                  key: 'id',
                  head: say('monitoring.prediction'),
                  cell: ({ id }) => (
                    <Link to={places.prediction(project, id)}>
                      <code>{id}</code>
                    </Link>
                  ),
                },
                {
                  key: 'output',
                  head: say('monitoring.output'),
                  isFigure: true,
                  cell: ({ output }) => (typeof output === 'number' ? metric(output) : valueText(output)),
                },
                {
                  key: 'version',
                  head: say('monitoring.version'),
                  isFigure: true,
                  cell: ({ version }) => version,
                },
                {
                  key: 'at',
                  head: say('monitoring.answered'),
                  isFigure: true,
                  cell: ({ at }) => <Ago at={at} />,
                },
              ]}
            />
          )
        }
      </Loaded>
    </Panel>
  )
}

export const Predictions = () => {
  const say = useSay()
  const { project } = useParams({ from: '/projects/$project/predictions' })
  const asked = useApi(servingRoutes.listEndpoints, { project })
  return (
    <Page title={say('monitoring.predictions')}>
      <Find project={project} />
      <Loaded asked={asked}>
        {({ endpoints }) =>
          endpoints.length === 0 ? (
            <Panel flush>
              <Empty title={say('endpoints.none')} command={commands.apply}>
                {say('endpoints.noneWhy')}
              </Empty>
            </Panel>
          ) : (
            endpoints.map(({ name }) => <Newest key={name} project={project} endpoint={name} />)
          )
        }
      </Loaded>
    </Page>
  )
}
