import { type ErrorComponentProps, Link } from '@tanstack/react-router'
import { useSay } from '../text/text.tsx'
import { Page, Panel } from '../ui/page.tsx'
import { Problem } from '../ui/problem.tsx'

/** An address that no page has. */
export const Missing = () => {
  const say = useSay()
  return (
    <Page title={say('shell.missing')}>
      <Panel>
        <p>{say('shell.missingWhy')}</p>
        <p>
          <Link to="/">{say('shell.toStart')}</Link>
        </p>
      </Panel>
    </Page>
  )
}

/** A page that threw: the rest of the program stays usable. */
export const Broken = ({ error, reset }: ErrorComponentProps) => {
  const say = useSay()
  return (
    <Page title={say('shell.broken')}>
      <Problem error={error instanceof Error ? error : new Error(String(error))} retry={reset} />
    </Page>
  )
}
