import { Link, useParams } from '@tanstack/react-router'
import { type TriggerView, triggersRoutes } from '../../../../src/triggers/contract.ts'
import { useApi } from '../../api.ts'
import { commands } from '../../commands.ts'
import { places } from '../../places.ts'
import { useSay } from '../../text/text.tsx'
import { Act } from '../../ui/act.tsx'
import { CopyAs, curlOf } from '../../ui/copy.tsx'
import { shortId } from '../../ui/digest.tsx'
import { Empty } from '../../ui/empty.tsx'
import { EventLink } from '../../ui/event.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Json } from '../../ui/json.tsx'
import { Loaded, LoadedPage } from '../../ui/loaded.tsx'
import { Columns, Page, Panel } from '../../ui/page.tsx'
import { Status, Tag } from '../../ui/status.tsx'
import { Table } from '../../ui/table.tsx'
import { Ago } from '../../ui/time.tsx'

const Firings = ({ project, trigger }: { project: string; trigger: string }) => {
  const say = useSay()
  const asked = useApi(triggersRoutes.listFirings, { project, trigger, limit: 100 })
  return (
    <Panel title={say('triggers.firings')} flush>
      <Loaded asked={asked}>
        {({ firings }) =>
          firings.length === 0 ? (
            <Empty title={say('triggers.noFirings')} command={commands.fire(project, trigger)} />
          ) : (
            <Table
              label={say('triggers.firings')}
              rows={firings}
              keyOf={({ id }) => id}
              columns={[
                {
                  key: 'decision',
                  head: say('triggers.decision'),
                  cell: ({ decision }) => <Status of={decision} />,
                },
                { key: 'reason', head: say('triggers.reason'), isLong: true, cell: ({ reason }) => reason },
                {
                  key: 'run',
                  head: say('triggers.run'),
                  cell: ({ run }) =>
                    run === null ? (
                      '–'
                    ) : (
                      <Link to={places.pipelineRun(project, run)}>
                        <code>{shortId(run)}</code>
                      </Link>
                    ),
                },
                {
                  key: 'cause',
                  head: say('triggers.cause'),
                  isFigure: true,
                  isMinor: true,
                  cell: ({ cause }) => (cause === null ? '–' : <EventLink project={project} seq={cause} />),
                },
                { key: 'at', head: '', isFigure: true, cell: ({ at }) => <Ago at={at} /> },
              ]}
            />
          )
        }
      </Loaded>
    </Panel>
  )
}

const TriggerFacts = ({ project, trigger }: { project: string; trigger: TriggerView }) => {
  const say = useSay()
  const { definition } = trigger
  return (
    <Panel>
      <Facts
        facts={[
          [say('triggers.on'), say(`triggers.source.${trigger.source}`)],
          [
            say('triggers.starts'),
            <Link key="p" to={places.pipeline(project, definition.start.pipeline)}>
              {definition.start.pipeline}
            </Link>,
          ],
          definition.cooldown !== undefined && [say('triggers.cooldown'), definition.cooldown],
          definition.budget !== undefined && [
            say('triggers.budget'),
            `${definition.budget.runs} / ${definition.budget.per}`,
          ],
          trigger.nextAt !== null && [say('triggers.next'), <Ago key="n" at={trigger.nextAt} />],
          [say('triggers.started'), trigger.started],
          [say('triggers.skipped'), trigger.skipped],
        ]}
      />
      <div style={{ marginTop: 12 }}>
        <Json value={definition.on} />
      </div>
    </Panel>
  )
}

export const TriggerPage = () => {
  const say = useSay()
  const { project, trigger: name } = useParams({ from: '/projects/$project/triggers/$trigger' })
  const which = { project, trigger: name }
  const asked = useApi(triggersRoutes.getTrigger, which)
  return (
    <LoadedPage asked={asked}>
      {(trigger) => (
        <Page
          kind={say('triggers.trigger')}
          title={name}
          beside={trigger.paused ? <Tag tone="warn">{say('triggers.paused')}</Tag> : null}
          lead={trigger.description}
          actions={
            <>
              <Act
                label={say('triggers.fire')}
                icon="bolt"
                route={triggersRoutes.fireTrigger}
                input={(reason) => ({ ...which, ...(reason === undefined ? {} : { reason }) })}
                ask={say('triggers.fireAsk', { pipeline: trigger.definition.start.pipeline })}
                words={say('triggers.reason')}
                cli={commands.fire(project, name)}
              />
              {trigger.paused ? (
                <Act
                  label={say('triggers.resume')}
                  icon="play"
                  route={triggersRoutes.resumeTrigger}
                  input={() => which}
                />
              ) : (
                <Act
                  label={say('triggers.pause')}
                  icon="pause"
                  route={triggersRoutes.pauseTrigger}
                  input={() => which}
                />
              )}
              <CopyAs
                curl={() => curlOf(triggersRoutes.getTrigger, which)}
                cli={commands.trigger(project, name)}
              />
            </>
          }
        >
          <Columns wide>
            <Firings project={project} trigger={name} />
            <TriggerFacts project={project} trigger={trigger} />
          </Columns>
        </Page>
      )}
    </LoadedPage>
  )
}
