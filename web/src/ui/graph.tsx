import { lazy, Suspense } from 'react'
import { useSay } from '../text/text.tsx'
import type { Tone } from './status.tsx'
import css from './graph.module.css'

const Flow = lazy(() => import('./graph-flow.tsx'))

export type GraphNode = {
  id: string
  title: string
  /** Above the title: what kind of thing. */
  kind?: string
  note?: string
  tone: Tone
  /** Address of the page that shows it. */
  href?: string | undefined
}
export type GraphEdge = { from: string; to: string; label?: string }
export type GraphProps = {
  label: string
  nodes: readonly GraphNode[]
  edges: readonly GraphEdge[]
  chosen?: string | undefined
  onChoose?: (id: string) => void
}

/** Boxes and arrows, laid out from left to right, as high as they need. Each box is a button or a link. */
export const Graph = (props: GraphProps) => {
  const say = useSay()
  return (
    <div className={css['place']} role="group" aria-label={props.label}>
      <Suspense fallback={<span className={css['wait']}>{say('ui.loading')}</span>}>
        <Flow {...props} />
      </Suspense>
    </div>
  )
}
