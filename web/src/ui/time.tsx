import { useEffect, useState } from 'react'
import { useFormat } from './format.ts'

/** One ticker for all times on the page. */
const tickMs = 10_000
const readers = new Set<() => void>()
let ticker: ReturnType<typeof setInterval> | undefined

const useNow = (): number => {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const read = () => setNow(Date.now())
    readers.add(read)
    ticker ??= setInterval(() => {
      for (const reader of readers) reader()
    }, tickMs)
    return () => {
      readers.delete(read)
      if (readers.size > 0) return
      clearInterval(ticker)
      ticker = undefined
    }
  }, [])
  return now
}

/** «3 min ago», with the exact time on hover. */
export const Ago = ({ at }: { at: number | null | undefined }) => {
  const format = useFormat()
  const read = useNow()
  if (at === null || at === undefined) return <span>–</span>
  // What has just come is newer than the last tick of this page's clock; it is not in the future.
  const now = at > read && at - read < 2 * tickMs ? at : read
  return (
    <time dateTime={new Date(at).toISOString()} title={format.exact(at)} style={{ whiteSpace: 'nowrap' }}>
      {format.ago(at, now)}
    </time>
  )
}

/** How long something took, or has been taking. */
export const Took = ({ from, to }: { from: number | null; to: number | null }) => {
  const format = useFormat()
  const now = useNow()
  if (from === null) return <span>–</span>
  return (
    <span style={{ whiteSpace: 'nowrap' }}>
      {format.duration(Math.max(0, (to ?? Math.max(now, from)) - from))}
    </span>
  )
}
