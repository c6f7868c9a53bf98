import { useEffect, useRef, useState } from 'react'
import { pipelineRoutes } from '../../../../src/pipelines/contract.ts'
import { call, Refusal } from '../../api.ts'
import { useSay } from '../../text/text.tsx'
import { Quiet } from '../../ui/page.tsx'
import { Problem } from '../../ui/problem.tsx'
import css from './pipelines.module.css'

type Which = { project: string; run: string; step: string; attempt: number }

/** A log can have 100 MB; a page should not. */
const keptCharacters = 400_000
const waitMs = 20_000

const useLog = ({ project, run, step, attempt }: Which) => {
  const [text, setText] = useState('')
  const [isComplete, setComplete] = useState(false)
  const [error, setError] = useState<Refusal>()
  useEffect(() => {
    const stop = new AbortController()
    const follow = async () => {
      let offset = 0
      for (;;) {
        const part = await call(
          pipelineRoutes.readLog,
          { project, run, step, attempt, offset, waitMs: offset === 0 ? 0 : waitMs },
          stop.signal,
        )
        offset = part.nextOffset
        setText((before) => (before + part.text).slice(-keptCharacters))
        if (part.complete) return setComplete(true)
        // An empty answer to the first question, which does not wait, must not become a busy loop.
        if (part.text === '' && offset === 0) await new Promise((resolve) => setTimeout(resolve, 1000))
      }
    }
    setText('')
    setComplete(false)
    setError(undefined)
    follow().catch((thrown: unknown) => {
      if (!stop.signal.aborted && thrown instanceof Refusal) setError(thrown)
    })
    return () => stop.abort()
  }, [project, run, step, attempt])
  return { text, isComplete, error }
}

/** The log of one attempt, growing while it runs; the end stays in view unless the reader scrolled up. */
export const Log = (which: Which) => {
  const say = useSay()
  const { text, isComplete, error } = useLog(which)
  const place = useRef<HTMLPreElement>(null)
  const isAtEnd = useRef(true)
  useEffect(() => {
    if (place.current && isAtEnd.current) place.current.scrollTop = place.current.scrollHeight
  }, [text])
  if (error) return <Problem error={error} />
  return (
    <div>
      <pre
        ref={place}
        className={css['log']}
        aria-label={say('pipelines.log')}
        // Scrolls by itself; the keyboard must reach it.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          isAtEnd.current = scrollHeight - scrollTop - clientHeight < 24
        }}
      >
        {text === '' && isComplete ? say('pipelines.logEmpty') : text}
      </pre>
      {isComplete ? null : <Quiet>{say('pipelines.follow')}…</Quiet>}
    </div>
  )
}
