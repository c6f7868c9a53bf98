import css from './json.module.css'

/** A document as it is. */
export const Json = ({ value }: { value: unknown }) => (
  // Scrolls by itself; the keyboard must reach it.
  // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
  <pre className={css['json']} tabIndex={0}>
    {JSON.stringify(value, null, 2)}
  </pre>
)

/** A value in one line: text as it is, everything else as JSON. */
export const valueText = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined ? '–' : JSON.stringify(value)

/** Lines for a terminal or a program, to read and to copy. */
export const Code = ({ children }: { children: string }) => (
  // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
  <pre className={css['code']} tabIndex={0}>
    {children}
  </pre>
)
