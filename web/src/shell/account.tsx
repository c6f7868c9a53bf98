import { Button, Menu } from '@mantine/core'
import { useState } from 'react'
import { kernelRoutes } from '../../../src/kernel/routes.contract.ts'
import { call, Refusal } from '../api.ts'
import { commands } from '../commands.ts'
import { useMe } from '../project.ts'
import { actAs, useSession } from '../session.ts'
import { useSay } from '../text/text.tsx'
import { CopyButton } from '../ui/copy.tsx'
import { Dialog, Words } from '../ui/dialog.tsx'
import { Icon } from '../ui/icon.tsx'
import { Problem } from '../ui/problem.tsx'
import css from './shell.module.css'

/** Takes a token, tries it, and keeps it in this tab only. */
const SignIn = ({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) => {
  const say = useSay()
  const before = useSession().token
  const [token, setToken] = useState('')
  const [refused, setRefused] = useState<Error>()
  const signIn = async () => {
    actAs(token.trim())
    try {
      await call(kernelRoutes.whoAmI, {})
      setRefused(undefined)
      setToken('')
      onClose()
    } catch (thrown) {
      actAs(before)
      setRefused(thrown instanceof Refusal ? thrown : new Error(String(thrown)))
    }
  }
  return (
    <Dialog title={say('account.signIn')} isOpen={isOpen} onClose={onClose}>
      <form
        style={{ display: 'grid', gap: 14 }}
        onSubmit={(event) => {
          event.preventDefault()
          void signIn()
        }}
      >
        <p>{say('account.explain')}</p>
        <p className={css['command']}>
          <code>{commands.createToken}</code>
          <CopyButton text={commands.createToken} />
        </p>
        <Words isSecret label={say('account.token')} value={token} onChange={setToken} />
        {refused ? <Problem error={refused} /> : null}
        <Button type="submit" size="sm" disabled={token.trim() === ''}>
          {say('account.signIn')}
        </Button>
      </form>
    </Dialog>
  )
}

export const Account = () => {
  const say = useSay()
  const { token } = useSession()
  const { data: me } = useMe()
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Menu position="bottom-end" width={260} withinPortal>
        <Menu.Target>
          <button type="button" className={css['account']}>
            <Icon name="people" />
            <span className={css['accountName']}>{me?.name ?? say('account.nobody')}</span>
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>
            {me === undefined
              ? say('account.nobody')
              : say('account.whoAmI', { name: me.name, roles: me.roles.join(', ') || '–' })}
          </Menu.Label>
          <Menu.Item onClick={() => setOpen(true)}>{say('account.actAs')}</Menu.Item>
          {token === undefined ? null : (
            <Menu.Item onClick={() => actAs(undefined)}>{say('account.signOut')}</Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      <SignIn isOpen={isOpen} onClose={() => setOpen(false)} />
    </>
  )
}
