import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { executorConformance } from './executor.conformance.ts'
import type { Claim } from './job-folder.ts'
import { localExecutor } from './local.executor.ts'

executorConformance('local executor', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'esteira-jobs-'))
  t.after(() => rm(root, { recursive: true, force: true, maxRetries: 5 }))
  return {
    executor: localExecutor(root),
    reopened: () => localExecutor(root),
    killWatcher(id) {
      const claim = JSON.parse(readFileSync(join(root, id, 'claim.json'), 'utf8')) as Claim
      if (claim.by === 'runner') process.kill(claim.runner.pid, 'SIGKILL')
    },
  }
})
