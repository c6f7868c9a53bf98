import { AppError } from '../kernel/errors.ts'

const unitsMs: Record<string, number> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** Milliseconds of a duration such as `6h`; the schema of the project file has let only such texts in. */
export const durationMs = (text: string): number => {
  const [, count, unit] = /^([0-9]+)(ms|s|m|h|d|w)$/.exec(text) ?? []
  const length = unitsMs[unit ?? '']
  if (count === undefined || length === undefined)
    throw new AppError('invalid', `${JSON.stringify(text)} is not a duration.`, {
      hint: 'A whole number and a unit: ms, s, m, h, d or w.',
    })
  return Number(count) * length
}
