import { lazy, Suspense } from 'react'
import { useSay } from '../text/text.tsx'
import type { GraphProps } from './graph-shape.ts'
import css from './graph.module.css'

const Flow = lazy(() => import('./graph-flow.tsx'))

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
