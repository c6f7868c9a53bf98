import { AppError } from './errors.ts'

const unitsMs: Record<string, number> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** Milliseconds of a length of time such as `500ms`, `6h` or `1.5d`; undefined when it is none. Each section's schema says which forms it takes. */
export const parseDuration = (text: string): number | undefined => {
  const [, amount, unit] = /^([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d|w)$/.exec(text) ?? []
  const length = unitsMs[unit ?? '']
  return amount === undefined || length === undefined ? undefined : Math.round(Number(amount) * length)
}

/** The same for text that a schema has let in. Throws `invalid` for anything else. */
export const durationMs = (text: string): number => {
  const parsed = parseDuration(text)
  if (parsed === undefined)
    throw new AppError('invalid', `${JSON.stringify(text)} is not a duration.`, {
      hint: 'A number and a unit: ms, s, m, h, d or w.',
    })
  return parsed
}
