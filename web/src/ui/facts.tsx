import type { ReactNode } from 'react'
import css from './facts.module.css'

export type Fact = readonly [label: string, value: ReactNode] | false | null | undefined

/** Names and values, aligned. */
export const Facts = ({ facts, isWide = false }: { facts: readonly Fact[]; isWide?: boolean }) => (
  <dl className={css['facts']} data-wide={isWide}>
    {facts.map((fact) =>
      fact ? (
        <div key={fact[0]} className={css['fact']}>
          <dt>{fact[0]}</dt>
          <dd>{fact[1]}</dd>
        </div>
      ) : null,
    )}
  </dl>
)

/** A figure that is read first: big, with its name and what to hold it against. */
export const Figure = ({ label, value, note }: { label: string; value: ReactNode; note?: ReactNode }) => (
  <div className={css['figure']}>
    <span className={css['figureLabel']}>{label}</span>
    <span className={css['figureValue']}>{value}</span>
    {note === undefined ? null : <span className={css['figureNote']}>{note}</span>}
  </div>
)
export const Figures = ({ children }: { children: ReactNode }) => (
  <div className={css['figures']}>{children}</div>
)
