import { Button } from '@mantine/core'
import { Refusal } from '../api.ts'
import { useSay } from '../text/text.tsx'
import { CopyButton } from './copy.tsx'
import { Icon } from './icon.tsx'
import { Prose } from './prose.tsx'
import css from './problem.module.css'

/** What went wrong, in the server's words: what happened, what to do, and the number to ask with. */
export const Problem = ({ error, retry }: { error: Error; retry?: () => void }) => {
  const say = useSay()
  const refusal = error instanceof Refusal ? error : undefined
  return (
    <div className={css['problem']} role="alert">
      <Icon name="warn" />
      <div className={css['text']}>
        <p className={css['message']}>
          <Prose text={error.message} />
        </p>
        {refusal?.hint === undefined ? null : (
          <p>
            <Prose text={refusal.hint} />
          </p>
        )}
        {refusal?.problems?.length ? (
          <ul className={css['list']}>
            {refusal.problems.map((problem) => (
              <li key={`${problem.path} ${problem.message}`}>
                {problem.path === undefined ? null : <code>{problem.path} </code>}
                {problem.message} {problem.hint}
              </li>
            ))}
          </ul>
        ) : null}
        {refusal?.requestId === undefined ? null : (
          <p className={css['request']}>
            {say('ui.request')} <code>{refusal.requestId}</code>
            <CopyButton text={refusal.requestId} />
          </p>
        )}
        {retry === undefined ? null : (
          <Button size="compact-xs" variant="default" onClick={retry}>
            {say('ui.tryAgain')}
          </Button>
        )}
      </div>
    </div>
  )
}
