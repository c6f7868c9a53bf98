import { Button } from '@mantine/core'
import { useState } from 'react'
import { kernelRoutes } from '../../../../src/kernel/routes.contract.ts'
import { useAction } from '../../api.ts'
import { commands } from '../../commands.ts'
import { useSay } from '../../text/text.tsx'
import { CopyButton } from '../../ui/copy.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Digest } from '../../ui/digest.tsx'
import { Icon } from '../../ui/icon.tsx'
import { Problem } from '../../ui/problem.tsx'
import css from './ledger.module.css'

/** Walks the chain on the server and shows what it found; the same can be done without the server. */
export const Verification = () => {
  const say = useSay()
  const action = useAction(kernelRoutes.verifyLedger)
  const [isOpen, setOpen] = useState(false)
  const { data, error, isPending } = action
  return (
    <>
      <Button
        size="xs"
        variant="default"
        leftSection={<Icon name="check" size={13} />}
        loading={isPending}
        onClick={() => action.mutate({}, { onSettled: () => setOpen(true) })}
      >
        {say('ledger.verify')}
      </Button>
      <Dialog title={say('ledger.verify')} isOpen={isOpen} onClose={() => setOpen(false)}>
        {error ? <Problem error={error} /> : null}
        {data ? (
          <div className={css['verdict']} data-whole={data.isWhole}>
            <p>
              <Icon name={data.isWhole ? 'check' : 'warn'} />{' '}
              {data.isWhole
                ? say('ledger.whole', {
                    events: data.events,
                    checkpoints: data.checkpoints,
                    unsigned: data.unsigned,
                  })
                : say('ledger.faults')}
            </p>
            <ul>
              {data.faults.map((fault) => (
                <li key={`${fault.seq} ${fault.message}`}>
                  {fault.seq}: {fault.message}
                </li>
              ))}
            </ul>
            <p>
              {say('ledger.head')} <Digest value={data.head} />
            </p>
            <p className={css['command']}>
              <code>{commands.verify}</code> <CopyButton text={commands.verify} />
            </p>
          </div>
        ) : null}
      </Dialog>
    </>
  )
}
