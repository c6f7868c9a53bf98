import type { en } from '../en/index.ts'
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

/** O catálogo em português do Brasil. */
export const ptBR: Record<keyof typeof en, string> = {
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
}
