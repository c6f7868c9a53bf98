import type { ReactNode } from 'react'
import type { Refusal } from '../api.ts'
import { useSay } from '../text/text.tsx'
import { Page } from './page.tsx'
import { Problem } from './problem.tsx'
import css from './loaded.module.css'

type Asked<T> = { data: T | undefined; error: Refusal | null; refetch: () => unknown }

/** The three states of something asked for. What was shown stays while a later question fails. */
export const Loaded = <T,>({ asked, children }: { asked: Asked<T>; children: (data: T) => ReactNode }) => {
  const say = useSay()
  const { data, error, refetch } = asked
  if (data !== undefined)
    return (
      <>
        {error ? <Problem error={error} retry={() => void refetch()} /> : null}
        {children(data)}
      </>
    )
  if (error) return <Problem error={error} retry={() => void refetch()} />
  return (
    <div className={css['loading']} role="status">
      <span className={css['belt']} aria-hidden="true" />
      {say('ui.loading')}
    </div>
  )
}

/** The same for a whole page: what can't be shown is still a page, with a name and a way on. */
export const LoadedPage = <T,>({
  asked,
  children,
}: {
  asked: Asked<T>
  children: (data: T) => ReactNode
}) => {
  const say = useSay()
  if (asked.data === undefined && asked.error)
    return (
      <Page title={say('ui.cannotShow')}>
        <Problem error={asked.error} retry={() => void asked.refetch()} />
      </Page>
    )
  if (asked.data === undefined)
    return (
      <div className={css['page']}>
        <Loaded asked={asked}>{children}</Loaded>
      </div>
    )
  return <Loaded asked={asked}>{children}</Loaded>
}
