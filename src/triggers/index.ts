import type { Problem } from '../kernel/errors.ts'
import type { Http } from '../kernel/http/server.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { calendarProblems } from './calendar.ts'
import type { Trigger } from './contract.ts'
import { firingService } from './firing.ts'
import { calendarJob, reactToEvents } from './jobs.ts'
import { mountTriggers } from './routes.ts'
import { triggersService } from './service.ts'
import { type PipelinesPort, starter } from './starting.ts'
import { triggerStore } from './store.ts'

export type { PipelinesPort } from './starting.ts'
export { triggersMigrations } from './tables.ts'

const roundEveryMs = 1000

/** What starts runs: commits, alerts, calendars, calls. Each cause has its effect exactly once, and a written reason. */
export const triggersRoom = (kernel: Kernel, { pipelines }: { pipelines: PipelinesPort }) => {
  const store = triggerStore(kernel.db)
  const firings = firingService({ kernel, store })
  const starting = starter({ kernel, store, firings, pipelines })
  const calendars = calendarJob({ kernel, store, firings })
  const service = triggersService({ kernel, store, firings, starting })
  reactToEvents({ kernel, store, firings })
  kernel.loop({
    name: 'triggers',
    everyMs: roundEveryMs,
    run: async () => {
      await calendars.round()
      await starting.round()
    },
  })
  return {
    mount: (http: Http): void => mountTriggers(http, service),
  }
}

/** What is wrong with the triggers of a project file that its schema cannot say. For the checks of the project room. */
export const triggerProblems = (triggers: Record<string, Trigger>): Problem[] =>
  Object.entries(triggers).flatMap(([name, { on }]) =>
    (on.calendar ? calendarProblems(on.calendar) : []).map((problem) => ({
      ...problem,
      path: `triggers.${name}.on.calendar.${problem.path}`,
    })),
  )
