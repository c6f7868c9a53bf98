import type { Command } from 'commander'
import { addAccounts } from './accounts.ts'
import { addAudit } from './audit.ts'
import { addProject } from './project.ts'
import { addUp } from './up.ts'

/** Every noun and verb of the command line, in the order of the help. */
export const nouns: readonly ((program: Command) => void)[] = [addUp, addProject, addAudit, addAccounts]
