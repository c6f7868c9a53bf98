import type { FeatureView } from '../../../../src/features/contract.ts'
import { useSay } from '../../text/text.tsx'
import { Quiet } from '../../ui/page.tsx'
import { Status, Tag } from '../../ui/status.tsx'
import { Ago } from '../../ui/time.tsx'

/** Whether predictions can have these features, and how fresh they are. */
export const Ready = ({ view }: { view: FeatureView }) => {
  const say = useSay()
  if (view.body.online !== true) return <Quiet>{say('features.offline')}</Quiet>
  if (view.online === null)
    return view.lastError === null ? (
      <Tag>{say('features.unready')}</Tag>
    ) : (
      <Status of="failed" note={view.lastError.message} />
    )
  return (
    <>
      <Status of={view.lastError === null ? 'ready' : 'degraded'} note={view.lastError?.message} />{' '}
      {view.online.rows === null ? null : say('features.rows', { n: view.online.rows })}{' '}
      <Quiet>
        <Ago at={view.online.at} />
      </Quiet>
    </>
  )
}
