import { Button } from '@mantine/core'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { kernelRoutes } from '../../../../src/kernel/routes.contract.ts'
import { useApi } from '../../api.ts'
import { commands } from '../../commands.ts'
import type { LedgerEvent } from '../../stale.ts'
import { placeOf, places } from '../../places.ts'
import { useSay, useTexts } from '../../text/text.tsx'
import { CopyAs, curlOf } from '../../ui/copy.tsx'
import { Digest } from '../../ui/digest.tsx'
import { Empty } from '../../ui/empty.tsx'
import { EventLink, toneOfEvent, useSentence } from '../../ui/event.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Json } from '../../ui/json.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Page, Panel, Quiet } from '../../ui/page.tsx'
import { Ago } from '../../ui/time.tsx'
import css from './ledger.module.css'
import { Verification } from './verification.tsx'

const kinds = ['data', 'pipeline', 'run', 'model', 'rollout', 'alert', 'trigger', 'definition'] as const

const Filters = ({
  chosen,
  choose,
}: {
  chosen: string | undefined
  choose: (type: string | undefined) => void
}) => {
  const say = useSay()
  return (
    <div className={css['filters']} role="group" aria-label={say('ledger.filter')}>
      <button
        type="button"
        className={css['filter']}
        aria-pressed={!chosen}
        onClick={() => choose(undefined)}
      >
        {say('ui.all')}
      </button>
      {kinds.map((kind) => (
        <button
          key={kind}
          type="button"
          className={css['filter']}
          aria-pressed={chosen === kind}
          onClick={() => choose(kind)}
        >
          {say(`ledger.types.${kind}`)}
        </button>
      ))}
    </div>
  )
}

const EventItem = ({ event, isAlone }: { event: LedgerEvent; isAlone: boolean }) => {
  const say = useSay()
  const sentence = useSentence()
  const href = placeOf(event.project, event.subject)
  const [isOpen, setOpen] = useState(isAlone)
  return (
    <li className={css['event']}>
      <details open={isAlone} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary className={css['summary']}>
          <span className={css['seq']}>{event.seq}</span>
          <span className={css['pip']} data-tone={toneOfEvent(event)} />
          <span className={css['sentence']}>{sentence(event)}</span>
          <span className={css['meta']}>{event.actor.name}</span>
          <span className={css['meta']}>
            <Ago at={event.at} />
          </span>
        </summary>
        {isOpen ? (
          <div className={css['detail']}>
            <Facts
              facts={[
                [say('ledger.type'), <code key="t">{event.type}</code>],
                [
                  say('ledger.subject'),
                  <code key="s">
                    {href === undefined ? event.subject : <Link to={href}>{event.subject}</Link>}
                  </code>,
                ],
                [say('ledger.actor'), `${event.actor.name} (${event.actor.kind})`],
                event.cause !== null && [
                  say('ledger.cause'),
                  <EventLink key="c" project={event.project} seq={event.cause} />,
                ],
                [say('ledger.hash'), <Digest key="h" value={event.hash} />],
                [say('ledger.previous'), <Digest key="p" value={event.previousHash} />],
              ]}
            />
            <Json value={event.data} />
          </div>
        ) : null}
      </details>
    </li>
  )
}

/** Every type that the catalogue has a sentence for, of one kind; another word is taken as a type itself. */
const typesOf = (keys: readonly string[], kind: string): string[] => {
  const known = keys
    .filter((key) => key.startsWith(`event.${kind}.`))
    .map((key) => key.slice('event.'.length))
  return known.length > 0 ? known : [kind]
}

const from = '/projects/$project/ledger'
const pageSize = 100

export const LedgerPage = () => {
  const say = useSay()
  const navigate = useNavigate()
  const { project } = useParams({ from })
  const { type, subject, seq } = useSearch({ from })
  const { keys } = useTexts()
  const [limit, setLimit] = useState(pageSize)
  const input =
    seq === undefined
      ? {
          project,
          newestFirst: true,
          limit,
          ...(type ? { type: typesOf(keys, type) } : {}),
          ...(subject ? { subject } : {}),
        }
      : { project, after: Number(seq) - 1, limit: 1 }
  const asked = useApi(kernelRoutes.listEvents, input, { keepsShown: true })
  return (
    <Page
      title={say('ledger.title')}
      lead={say('ledger.lead')}
      actions={
        <>
          <Verification />
          <CopyAs curl={() => curlOf(kernelRoutes.listEvents, input)} cli={commands.ledger(project)} />
        </>
      }
    >
      <Panel flush>
        <div className={css['head']}>
          <Filters
            chosen={type}
            choose={(next) =>
              void navigate({ to: places.ledger(project), search: { type: next, subject } as never })
            }
          />
          {subject === undefined && seq === undefined ? null : (
            <Quiet>
              {seq === undefined ? say('ledger.subject') : say('ledger.event')} <code>{subject ?? seq}</code>{' '}
              <Button
                variant="subtle"
                size="compact-xs"
                onClick={() => void navigate({ to: places.ledger(project), search: { type } as never })}
              >
                {say('ui.all')}
              </Button>
            </Quiet>
          )}
        </div>
        <Loaded asked={asked}>
          {({ events }) =>
            events.length === 0 ? (
              <Empty title={say('ledger.none')} command={commands.apply} />
            ) : (
              <>
                <ol>
                  {events.map((event) => (
                    <EventItem key={event.seq} event={event} isAlone={seq !== undefined} />
                  ))}
                </ol>
                {events.length < limit || limit >= 1000 ? null : (
                  <Button
                    variant="subtle"
                    size="xs"
                    m={8}
                    onClick={() => setLimit(Math.min(1000, limit + 200))}
                  >
                    {say('ledger.older')}
                  </Button>
                )}
              </>
            )
          }
        </Loaded>
      </Panel>
    </Page>
  )
}
