/** The part of ICU messages that the catalogues need: `{name}` and `{n, plural, one {# run} other {# runs}}`. */
export type Values = Record<string, string | number>

const plural = /\{(\w+), plural, ((?:\w+ \{[^{}]*\}\s*)+)\}/g
const cases = /(\w+) \{([^{}]*)\}/g

export const fill = (text: string, language: string, values: Values = {}): string =>
  text
    .replaceAll(plural, (_, name: string, forms: string) => {
      const count = Number(values[name] ?? 0)
      const wanted = new Intl.PluralRules(language).select(count)
      const found = new Map([...forms.matchAll(cases)].map(([, form, shown]) => [form ?? '', shown ?? '']))
      const shown = found.get(wanted) ?? found.get('other') ?? ''
      return shown.replaceAll('#', new Intl.NumberFormat(language).format(count))
    })
    .replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
      const value = values[name]
      if (value === undefined) return whole
      return typeof value === 'number' ? new Intl.NumberFormat(language).format(value) : value
    })
