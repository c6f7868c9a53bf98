import { CopyButton } from './copy.tsx'

const shownDigits = 10

/** A digest or an id, shortened; whole on hover and in the clipboard. */
export const Digest = ({ value }: { value: string | null | undefined }) => {
  if (value === null || value === undefined) return <span>–</span>
  const digits = value.replace(/^sha256:/, '')
  return (
    <span style={{ display: 'inline-flex', alignItems: 'center', gap: 2 }}>
      <code title={value}>{digits.slice(0, shownDigits)}</code>
      <CopyButton text={value} />
    </span>
  )
}

/** Ids are made from the time, so their beginnings are alike: the end tells them apart. */
export const shortId = (id: string): string => (id.length <= 14 ? id : `…${id.slice(-8)}`)
/** What a trigger calls its runs ends with the id of the firing; its page has the whole. */
export const shortLabel = (label: string): string => label.replace(/, firing_\w+$/, '')
export const shortDigest = (digest: string): string => digest.replace(/^sha256:/, '').slice(0, shownDigits)
