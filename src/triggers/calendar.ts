import { Cron } from 'croner'
import { AppError, messageOf, type Problem } from '../kernel/errors.ts'
import type { Trigger } from './contract.ts'

type Calendar = NonNullable<Trigger['on']['calendar']>

/** More missed slots than this are not listed one by one. */
const mostSlots = 1000

const cronOf = ({ cron, timeZone }: Calendar): Cron => {
  const timezone = timeZone ?? 'UTC'
  try {
    return new Cron(cron, { timezone, paused: true, mode: '5-or-6-parts' })
  } catch (error) {
    throw new AppError('invalid', `${JSON.stringify(cron)} is no calendar: ${messageOf(error)}`, {
      hint: 'Five fields: minute hour day month weekday; for example "0 6 * * 1" is Mondays at six.',
      cause: error,
    })
  }
}

const isTimeZone = (name: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

/** The first slot after a moment. */
export const nextSlot = (calendar: Calendar, after: number): number | undefined =>
  cronOf(calendar).nextRun(new Date(after))?.getTime()

/** The slots after one moment up to another, the second included, in order; of very many the newest. */
export const slotsBetween = (calendar: Calendar, after: number, until: number): number[] => {
  const cron = cronOf(calendar)
  const slots: number[] = []
  for (let slot = cron.nextRun(new Date(after)); slot && slot.getTime() <= until; slot = cron.nextRun(slot)) {
    slots.push(slot.getTime())
    if (slots.length > mostSlots) slots.shift()
  }
  return slots
}

/** What is wrong with a calendar, with the path below `on.calendar`. */
export const calendarProblems = (calendar: Calendar): Problem[] => {
  if (calendar.timeZone !== undefined && !isTimeZone(calendar.timeZone))
    return [
      {
        path: 'timeZone',
        message: `${JSON.stringify(calendar.timeZone)} is no time zone`,
        hint: 'Use an IANA name such as America/Sao_Paulo or Europe/Lisbon.',
      },
    ]
  try {
    const never = nextSlot(calendar, Date.UTC(2000, 0)) === undefined
    return never ? [{ path: 'cron', message: `${JSON.stringify(calendar.cron)} never comes` }] : []
  } catch (error) {
    return [{ path: 'cron', message: messageOf(error) }]
  }
}
