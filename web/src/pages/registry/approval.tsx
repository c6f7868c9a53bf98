import { type ModelVersion, registryRoutes } from '../../../../src/registry/contract.ts'
import { commands } from '../../commands.ts'
import { useMe } from '../../project.ts'
import { useSay } from '../../text/text.tsx'
import { Act } from '../../ui/act.tsx'
import { Icon } from '../../ui/icon.tsx'
import { Panel, Quiet } from '../../ui/page.tsx'
import { Status } from '../../ui/status.tsx'
import { Ago } from '../../ui/time.tsx'
import css from './registry.module.css'

const Decisions = ({ approval }: Pick<ModelVersion, 'approval'>) =>
  approval.decisions.length === 0 ? null : (
    <ul className={css['decisions']}>
      {approval.decisions.map(({ by, at, decision, comment }) => (
        <li key={`${by.id} ${at}`}>
          <Status of={decision} />
          <strong>{by.name}</strong>
          <Quiet>
            <Ago at={at} />
          </Quiet>
          {comment === null ? null : <span className={css['comment']}>{comment}</span>}
        </li>
      ))}
    </ul>
  )

const Buttons = ({ version }: { version: ModelVersion }) => {
  const say = useSay()
  const which = { project: version.project, model: version.model, version: version.version }
  const told = { model: version.model, version: version.version }
  const input = (comment: string | undefined) => ({ ...which, ...(comment === undefined ? {} : { comment }) })
  return (
    <div className={css['buttons']}>
      <Act
        label={say('registry.approve')}
        icon="check"
        tone="main"
        route={registryRoutes.approve}
        input={input}
        ask={say('registry.approveAsk', told)}
        cli={commands.approve(version.project, version.model, version.version)}
        words={say('registry.comment')}
      />
      <Act
        label={say('registry.reject')}
        icon="cross"
        tone="danger"
        route={registryRoutes.reject}
        input={input}
        ask={say('registry.rejectAsk', told)}
        cli={commands.reject(version.project, version.model, version.version)}
        words={say('registry.comment')}
      />
    </div>
  )
}

/** Who agreed, and the place to agree; authors are told that they can't, before they try. */
export const ApprovalPanel = ({ version }: { version: ModelVersion }) => {
  const say = useSay()
  const { data: me } = useMe()
  const { approval, authors } = version
  const isAuthor = me !== undefined && authors.some(({ id }) => id === me.id)
  const given = approval.decisions.filter(({ decision }) => decision === 'approved').length
  if (approval.needed === 0 && approval.decisions.length === 0)
    return (
      <Panel title={say('registry.approval')}>
        <Quiet>{say('registry.noNeed')}</Quiet>
      </Panel>
    )
  return (
    <Panel
      title={say('registry.approval')}
      aside={
        <>
          {say('registry.loud', { have: given, needed: approval.needed })} <Status of={approval.state} />
        </>
      }
    >
      <Decisions approval={approval} />
      {approval.state === 'pending' && isAuthor ? (
        <p className={css['refusal']}>
          <Icon name="warn" />
          {say('registry.author', { authors: authors.map(({ name }) => name).join(', ') })}
        </p>
      ) : null}
      {approval.state === 'pending' && !isAuthor ? <Buttons version={version} /> : null}
      {approval.state === 'rejected' ? (
        <div className={css['buttons']}>
          <Act
            label={say('registry.requestAgain')}
            route={registryRoutes.requestApproval}
            input={(comment) => ({
              project: version.project,
              model: version.model,
              version: version.version,
              ...(comment === undefined ? {} : { comment }),
            })}
            ask={say('registry.requestAgain')}
            words={say('registry.comment')}
          />
        </div>
      ) : null}
    </Panel>
  )
}
