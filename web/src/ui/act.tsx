import { Button } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import type { Route } from '../../../src/kernel/contract.ts'
import { type Given, useAction } from '../api.ts'
import { useSay } from '../text/text.tsx'
import { CopyAs, curlOf } from './copy.tsx'
import { Dialog, Words } from './dialog.tsx'
import { Icon, type IconName } from './icon.tsx'
import { Problem } from './problem.tsx'

type ActProps<R extends Route> = {
  label: string
  route: R
  /** What is asked; the reason when one was typed. */
  input: (words: string | undefined) => Given<R>
  icon?: IconName
  tone?: 'plain' | 'main' | 'danger'
  /** What will happen, asked before it does. Without it the action starts at once. */
  ask?: ReactNode
  /** Label of a field for a reason or a comment. */
  words?: string
  isDisabled?: boolean
  /** The command that does the same. */
  cli?: string | undefined
  onDone?: (reply: unknown) => void
}

const looks = {
  plain: { variant: 'default' },
  main: { variant: 'filled' },
  danger: { variant: 'light', color: 'red' },
} as const

/** A button that does one thing on the server, asks first where that is due, and says why when it was refused. */
export const Act = <R extends Route>(props: ActProps<R>) => {
  const { label, route, input, icon, tone = 'plain', ask, words, isDisabled = false, onDone, cli } = props
  const say = useSay()
  const action = useAction(route)
  const [isOpen, setOpen] = useState(false)
  const [typed, setTyped] = useState('')
  const close = () => {
    setOpen(false)
    setTyped('')
    action.reset()
  }
  const start = () =>
    action.mutate(input(typed.trim() === '' ? undefined : typed.trim()), {
      onSuccess: (reply) => {
        close()
        onDone?.(reply)
      },
      onError: () => setOpen(true),
    })
  return (
    <>
      <Button
        size="xs"
        {...looks[tone]}
        disabled={isDisabled}
        loading={action.isPending && !isOpen}
        {...(icon === undefined ? {} : { leftSection: <Icon name={icon} size={13} /> })}
        onClick={ask === undefined ? start : () => setOpen(true)}
      >
        {label}
      </Button>
      <Dialog title={label} isOpen={isOpen} onClose={close}>
        {ask === undefined ? null : <div>{ask}</div>}
        {words === undefined ? null : <Words label={words} value={typed} onChange={setTyped} />}
        {action.error ? <Problem error={action.error} /> : null}
        <div style={{ display: 'flex', flexWrap: 'wrap', gap: 8, justifyContent: 'flex-end' }}>
          <span style={{ marginRight: 'auto' }}>
            <CopyAs curl={() => curlOf(route, input(typed.trim() || undefined))} cli={cli} />
          </span>
          <Button variant="default" size="xs" onClick={close}>
            {say('ui.close')}
          </Button>
          <Button
            size="xs"
            {...(tone === 'danger' ? { color: 'red' } : {})}
            loading={action.isPending}
            onClick={start}
          >
            {action.error ? say('ui.tryAgain') : label}
          </Button>
        </div>
      </Dialog>
    </>
  )
}
