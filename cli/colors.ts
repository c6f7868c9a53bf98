import pico from 'picocolors'

/** Colour is for people at a terminal: none in a pipe, none in CI's log, none where NO_COLOR says so; FORCE_COLOR insists. */
const isSet = (value: string | undefined): boolean => value !== undefined && value !== '' && value !== '0'

// In a pipe Node leaves isTTY undefined, which picocolors would take for «decide yourself».
const wanted = (stream: { isTTY?: boolean }): boolean =>
  !isSet(process.env['NO_COLOR']) && (isSet(process.env['FORCE_COLOR']) || (stream.isTTY ?? false))

export const colors = pico.createColors(wanted(process.stdout))
/** The same for what goes to stderr. */
export const errorColors = pico.createColors(wanted(process.stderr))
