import { type ReactNode, useEffect, useId } from 'react'
import css from './page.module.css'

type PageProps = {
  title: string
  /** What kind of thing this is, above its name. */
  kind?: ReactNode
  /** Beside the name: state, tags. */
  beside?: ReactNode
  actions?: ReactNode
  lead?: ReactNode
  children: ReactNode
}

/** One page: a name, what may be done, and its parts. */
export const Page = ({ title, kind, beside, actions, lead, children }: PageProps) => {
  useEffect(() => {
    document.title = `${title} · Esteira`
  }, [title])
  return (
    <article className={css['page']}>
      <header className={css['head']}>
        <div className={css['name']}>
          {kind === undefined ? null : <div className={css['kind']}>{kind}</div>}
          <div className={css['titleLine']}>
            <h1 className={css['title']}>{title}</h1>
            {beside}
          </div>
          {lead === undefined ? null : <div className={css['lead']}>{lead}</div>}
        </div>
        {actions === undefined ? null : <div className={css['actions']}>{actions}</div>}
      </header>
      {children}
    </article>
  )
}

type PanelProps = {
  title?: string
  aside?: ReactNode
  note?: ReactNode
  flush?: boolean
  children: ReactNode
}

/** A part of a page with a heading. `flush`: what is inside reaches the edges (tables). */
export const Panel = ({ title, aside, note, flush = false, children }: PanelProps) => {
  const id = useId()
  return (
    <section
      className={css['panel']}
      data-flush={flush}
      {...(title === undefined ? {} : { 'aria-labelledby': id })}
    >
      {title === undefined ? null : (
        <div className={css['panelHead']}>
          <h2 id={id} className={css['panelTitle']}>
            {title}
          </h2>
          {aside === undefined ? null : <div className={css['aside']}>{aside}</div>}
        </div>
      )}
      {note === undefined ? null : <p className={css['note']}>{note}</p>}
      {children}
    </section>
  )
}

/** Panels side by side where there is room. `wide`: the first takes two parts of three. */
export const Columns = ({ wide = false, children }: { wide?: boolean; children: ReactNode }) => (
  <div className={css['columns']} data-wide={wide}>
    {children}
  </div>
)
export const Stack = ({ children }: { children: ReactNode }) => <div className={css['stack']}>{children}</div>
export const Row = ({ children }: { children: ReactNode }) => <div className={css['row']}>{children}</div>
export const Quiet = ({ children }: { children: ReactNode }) => (
  <span className={css['quiet']}>{children}</span>
)
