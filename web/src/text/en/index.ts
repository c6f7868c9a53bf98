import { events } from './events.ts'
import { home } from './home.ts'
import { maturity } from './maturity.ts'
import { monitoring } from './monitoring.ts'
import { pipelines } from './pipelines.ts'
import { registry } from './registry.ts'
import { rooms } from './rooms.ts'
import { serving } from './serving.ts'
import { tracking } from './tracking.ts'
import { ui } from './ui.ts'

/** The English catalogue; its keys are the keys of all. */
export const en = {
  ...events,
  ...home,
  ...maturity,
  ...monitoring,
  ...pipelines,
  ...registry,
  ...rooms,
  ...serving,
  ...tracking,
  ...ui,
} as const
