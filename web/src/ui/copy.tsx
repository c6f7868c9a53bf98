import { ActionIcon, Button, Menu } from '@mantine/core'
import { useState } from 'react'
import type { Route } from '../../../src/kernel/contract.ts'
import { requestOf } from '../../../src/kernel/client.ts'
import type { Given } from '../api.ts'
import { useSay } from '../text/text.tsx'
import { Icon } from './icon.tsx'

const shownMs = 1500

/** Without a secure context (a plain address on the network) there is no clipboard API; the old way still works. */
const put = async (text: string): Promise<void> => {
  if (navigator.clipboard) return navigator.clipboard.writeText(text)
  const area = document.createElement('textarea')
  area.value = text
  document.body.append(area)
  area.select()
  document.execCommand('copy')
  area.remove()
  return undefined
}

const useCopy = () => {
  const [copied, setCopied] = useState<string>()
  const copy = (text: string) => {
    void put(text).then(() => {
      setCopied(text)
      setTimeout(() => setCopied(undefined), shownMs)
    })
  }
  return { copied, copy }
}

export const CopyButton = ({ text, label }: { text: string; label?: string }) => {
  const say = useSay()
  const { copied, copy } = useCopy()
  const name = copied === undefined ? (label ?? say('ui.copy')) : say('ui.copied')
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size={22}
      onClick={() => copy(text)}
      aria-label={name}
      title={name}
    >
      <Icon name={copied === undefined ? 'copy' : 'check'} size={13} />
    </ActionIcon>
  )
}

const quote = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`

/** The request of a contract route as a line for a shell. */
export const curlOf = <R extends Route>(route: R, input: Given<R>): string => {
  const { path, body } = requestOf(route, input as Record<string, unknown>)
  const hasBody = route.body !== undefined && route.method !== 'GET'
  return [
    'curl -sS',
    ...(route.method === 'GET' ? [] : [`-X ${route.method}`]),
    quote(`${location.origin}${path}`),
    ...(hasBody ? [`-H 'content-type: application/json' -d ${quote(JSON.stringify(body))}`] : []),
  ].join(' ')
}

type CopyAsProps = { curl: () => string; cli?: string | undefined }

/** What this page shows, for a terminal: the API call, the command, the address. */
export const CopyAs = ({ curl, cli }: CopyAsProps) => {
  const say = useSay()
  const { copied, copy } = useCopy()
  return (
    <Menu position="bottom-end" width={300} withinPortal>
      <Menu.Target>
        <Button variant="default" size="xs" leftSection={<Icon name={copied ? 'check' : 'copy'} size={13} />}>
          {copied ? say('ui.copied') : say('ui.copyAs')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => copy(curl())}>{say('ui.copyCurl')}</Menu.Item>
        {cli === undefined ? null : (
          <Menu.Item onClick={() => copy(cli)}>
            {say('ui.copyCli')}
            <br />
            <code style={{ fontSize: 12, color: 'var(--ink-3)', overflowWrap: 'anywhere' }}>{cli}</code>
          </Menu.Item>
        )}
        <Menu.Item onClick={() => copy(location.href)}>{say('ui.copyLink')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
