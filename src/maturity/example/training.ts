import { commitCreated } from '../../data/contract.ts'
import type { Actor } from '../../kernel/contract.ts'
import { runFinished, runStarted, stepFinished } from '../../pipelines/contract.ts'
import { runStarted as trackedRunStarted } from '../../tracking/contract.ts'
import { triggerFired } from '../../triggers/contract.ts'
import { ana, commitId, digest, feed, system, type Telling } from './teller.ts'

export type Trained = {
  by?: Actor
  source?: 'data' | 'alert'
  cause?: number
  /** Left out: the digests of another run, to be the same again. */
  outputs?: number
  reproduces?: string
}

/** Data that arrives and runs that train on it. */
export const trainingOf = ({ tell, next }: Telling) => {
  const commit = (actor: Actor = feed) => {
    const n = next()
    const data = {
      repository: 'flights',
      branch: 'main',
      commit: commitId(n),
      parent: null,
      tree: digest(n),
      message: '',
      changes: [],
      total: 1,
    }
    return { id: commitId(n), seq: tell(commitCreated, { subject: 'repository/flights', data, actor }) }
  }

  const train = (commit: string, { by = ana, source, cause, outputs, reproduces }: Trained = {}) => {
    const n = next()
    const run = `prun_${n}`
    const firing = {
      firing: `fir_${n}`,
      trigger: `on-${source}`,
      source: source ?? '',
      pipeline: 'train',
      run,
      cause: cause ?? null,
      reason: '',
    }
    if (source) tell(triggerFired, { subject: `trigger/on-${source}`, data: firing, actor: system, cause })
    const actor = source ? system : by
    const of = { pipeline: 'train', run }
    const input = {
      digest: digest(1),
      kind: 'directory' as const,
      source: { repository: 'flights', ref: 'main', commit },
    }
    const data = {
      ...of,
      pipelineVersion: 1,
      label: null,
      reproduces: reproduces ?? null,
      inputs: { flights: input },
      code: digest(7),
    }
    tell(runStarted, { subject: `run/${run}`, data, actor })
    tell(trackedRunStarted, {
      subject: `run/t${n}`,
      data: { run: `t${n}`, experiment: 'e1', name: run, pipelineRun: run },
      actor: system,
    })
    const model = { digest: digest(outputs ?? n, 'b'), kind: 'directory' as const }
    tell(stepFinished, {
      subject: `run/${run}`,
      data: { ...of, step: 'train', attempt: 1, status: 'succeeded', outputs: { model }, error: null },
      actor: system,
    })
    // The last step answers with a version number, which is new each time.
    tell(stepFinished, {
      subject: `run/${run}`,
      data: {
        ...of,
        step: 'register',
        attempt: 1,
        status: 'succeeded',
        outputs: { version: { digest: digest(n, 'd'), kind: 'json' } },
        error: null,
      },
      actor: system,
    })
    tell(runFinished, {
      subject: `run/${run}`,
      data: { ...of, status: 'succeeded', failedSteps: [], wallMs: 5 },
      actor: system,
    })
    return { run, tracked: `t${n}`, outputs: outputs ?? n }
  }

  return { commit, train }
}
