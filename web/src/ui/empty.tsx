import type { ReactNode } from 'react'
import { CopyButton } from './copy.tsx'
import { Prose } from './prose.tsx'
import css from './empty.module.css'

/** Nothing here yet, why that is fine, and the command that changes it. */
export const Empty = ({
  title,
  children,
  command,
}: {
  title: string
  children?: ReactNode
  command?: string
}) => (
  <div className={css['empty']}>
    <p className={css['title']}>{title}</p>
    {children === undefined ? null : (
      <p className={css['why']}>{typeof children === 'string' ? <Prose text={children} /> : children}</p>
    )}
    {command === undefined ? null : (
      <p className={css['command']}>
        <code>{command}</code>
        <CopyButton text={command} />
      </p>
    )}
  </div>
)
