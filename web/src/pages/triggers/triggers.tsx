import { Link, useParams } from '@tanstack/react-router'
import { triggersRoutes, type TriggerView } from '../../../../src/triggers/contract.ts'
import { useApi } from '../../api.ts'
import { commands } from '../../commands.ts'
import { places } from '../../places.ts'
import { useSay } from '../../text/text.tsx'
import { CopyAs, curlOf } from '../../ui/copy.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Page, Panel } from '../../ui/page.tsx'
import { Status, Tag } from '../../ui/status.tsx'
import { Table } from '../../ui/table.tsx'
import { Ago } from '../../ui/time.tsx'

const TriggerTable = ({ project, triggers }: { project: string; triggers: readonly TriggerView[] }) => {
  const say = useSay()
  return (
    <Table
      label={say('triggers.title')}
      rows={triggers}
      keyOf={({ name }) => name}
      columns={[
        {
          key: 'name',
          head: say('triggers.trigger'),
          cell: ({ name, paused }) => (
            <>
              <Link to={places.trigger(project, name)}>{name}</Link>{' '}
              {paused ? <Tag tone="warn">{say('triggers.paused')}</Tag> : null}
            </>
          ),
        },
        {
          key: 'about',
          head: '',
          isLong: true,
          isMinor: true,
          cell: ({ description }) => description,
        },
        {
          key: 'on',
          head: say('triggers.on'),
          cell: ({ source }) => say(`triggers.source.${source}`),
        },
        {
          key: 'starts',
          head: say('triggers.starts'),
          cell: ({ definition: { start } }) => (
            <Link to={places.pipeline(project, start.pipeline)}>{start.pipeline}</Link>
          ),
        },
        {
          key: 'started',
          head: say('triggers.started'),
          isFigure: true,
          cell: ({ started }) => started,
        },
        {
          key: 'skipped',
          head: say('triggers.skipped'),
          isFigure: true,
          cell: ({ skipped }) => skipped,
        },
        {
          key: 'last',
          head: say('triggers.last'),
          cell: ({ lastFiring }) =>
            lastFiring === null ? (
              '–'
            ) : (
              <>
                <Status of={lastFiring.decision} note={lastFiring.reason} /> <Ago at={lastFiring.at} />
              </>
            ),
        },
      ]}
    />
  )
}

export const Triggers = () => {
  const say = useSay()
  const { project } = useParams({ from: '/projects/$project/triggers' })
  const asked = useApi(triggersRoutes.listTriggers, { project })
  return (
    <Page
      title={say('triggers.title')}
      actions={
        <CopyAs
          curl={() => curlOf(triggersRoutes.listTriggers, { project })}
          cli={commands.triggers(project)}
        />
      }
    >
      <Panel flush>
        <Loaded asked={asked}>
          {({ triggers }) =>
            triggers.length === 0 ? (
              <Empty title={say('triggers.none')} command={commands.apply}>
                {say('triggers.noneWhy')}
              </Empty>
            ) : (
              <TriggerTable project={project} triggers={triggers} />
            )
          }
        </Loaded>
      </Panel>
    </Page>
  )
}
