import { Outlet, useRouterState } from '@tanstack/react-router'
import { Suspense, useEffect, useState } from 'react'
import { useProject } from '../project.ts'
import { useSay } from '../text/text.tsx'
import { Header } from './header.tsx'
import { Nav } from './nav.tsx'
import css from './shell.module.css'

/** What is around every page. */
export const Shell = () => {
  const say = useSay()
  const project = useProject()
  const path = useRouterState({ select: (state) => state.location.pathname })
  const [isOpen, setOpen] = useState(false)
  useEffect(() => setOpen(false), [path])
  return (
    <div className={css['shell']} data-open={isOpen}>
      <a className={css['skip']} href="#content">
        {say('shell.skip')}
      </a>
      <Header isOpen={isOpen} onMenu={() => setOpen(!isOpen)} />
      {project === '' ? null : <Nav project={project} />}
      <main id="content" className={css['main']} tabIndex={-1}>
        <Suspense fallback={null}>
          <Outlet />
        </Suspense>
      </main>
    </div>
  )
}
