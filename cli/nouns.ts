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

type Add = (program: Command) => void

/** The groups of the help. */
export const groups: readonly (readonly [group: string, adders: readonly Add[]])[] = [
  ['Begin:', [addUp, addInit, addProject, addStatus]],
  ['Data and pipelines:', [addPipelines, addData, addFeatures]],
  ['Models and endpoints:', [addModels, addEndpoints]],
  ['Watch and react:', [addMonitors, addMaturity]],
  ['Proof and access:', [addAudit, addAccounts]],
]

/** Every noun and verb of the command line, in the order of the help. */
export const nouns: readonly Add[] = groups.flatMap(([, adders]) => adders)
