import { type ReactNode, useEffect, useId, useRef } from 'react'
import { useSay } from '../text/text.tsx'
import css from './dialog.module.css'
import { Icon } from './icon.tsx'

type DialogProps = { title: string; isOpen: boolean; onClose: () => void; children: ReactNode }

/** The browser's own dialog: it keeps the focus inside, closes with Escape and gives the focus back. */
export const Dialog = ({ title, isOpen, onClose, children }: DialogProps) => {
  const say = useSay()
  const id = useId()
  const place = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const dialog = place.current
    if (!dialog) return
    if (isOpen && !dialog.open) dialog.showModal()
    if (!isOpen && dialog.open) dialog.close()
  }, [isOpen])
  if (!isOpen) return null
  return (
    // A click on the backdrop closes; Escape and the button do the same for those without a pointer.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <dialog
      ref={place}
      className={css['dialog']}
      aria-labelledby={id}
      onClose={onClose}
      onClick={({ target, currentTarget }) => {
        if (target === currentTarget) onClose()
      }}
    >
      <div className={css['inner']}>
        <div className={css['head']}>
          <h2 id={id} className={css['title']}>
            {title}
          </h2>
          <button type="button" className={css['close']} aria-label={say('ui.close')} onClick={onClose}>
            <Icon name="cross" />
          </button>
        </div>
        {children}
      </div>
    </dialog>
  )
}

type WordsProps = { label: string; value: string; onChange: (value: string) => void; isSecret?: boolean }

/** A field with its name above: some lines of text, or one secret. */
export const Words = ({ label, value, onChange, isSecret = false }: WordsProps) => (
  <label className={css['field']}>
    {label}
    {isSecret ? (
      <input
        className={css['input']}
        type="password"
        autoComplete="off"
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    ) : (
      <textarea
        className={css['input']}
        rows={3}
        maxLength={1000}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    )}
  </label>
)
