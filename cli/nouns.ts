import type { Command } from 'commander'
import { addAccounts } from './accounts.ts'
import { addAudit } from './audit.ts'
import { addData } from './data.ts'
import { addEndpoints } from './endpoints.ts'
import { addFeatures } from './features.ts'
import { addInit } from './init.ts'
import { addMaturity } from './maturity.ts'
import { addModels } from './models.ts'
import { addMonitors } from './monitors.ts'
import { addPipelines } from './pipelines.ts'
import { addProject } from './project.ts'
import { addStatus } from './status.ts'
import { addUp } from './up.ts'

/** Every noun and verb of the command line, in the order of the help. */
export const nouns: readonly ((program: Command) => void)[] = [
  addUp,
  addInit,
  addProject,
  addStatus,
  addPipelines,
  addData,
  addFeatures,
  addModels,
  addEndpoints,
  addMonitors,
  addMaturity,
  addAudit,
  addAccounts,
]
