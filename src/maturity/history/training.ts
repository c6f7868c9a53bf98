import { commitCreated } from '../../data/contract.ts'
import { runFinished, runStarted, stepFinished } from '../../pipelines/contract.ts'
import { runStarted as trackedRunStarted } from '../../tracking/contract.ts'
import { triggerFired, triggerSkipped } from '../../triggers/contract.ts'
import { markOf, teller } from './teller.ts'

/** Data that arrived, triggers that fired, pipelines that ran, runs that were tracked. */
export const trainingTellers = [
  teller(commitCreated, (history, event) => {
    const { repository, branch, commit } = event.data
    history.commits.push({ ...markOf(event), repository, branch, commit })
  }),
  teller(runStarted, (history, event) => {
    const { run, pipeline, reproduces, code, inputs } = event.data
    const data = Object.values(inputs).flatMap(({ source }) =>
      'repository' in source ? [{ repository: source.repository, commit: source.commit }] : [],
    )
    const record = { run, pipeline, reproduces, code, data, outputs: new Map(), outputSeqs: [] }
    history.runs.set(run, { ...markOf(event), ...record })
  }),
  teller(stepFinished, (history, { seq, data }) => {
    const run = history.runs.get(data.run)
    if (!run || (data.status !== 'succeeded' && data.status !== 'cached')) return
    // Outputs taken from the cache prove nothing about running again.
    if (run.reproduces !== null && data.status === 'cached') return
    for (const [name, { digest }] of Object.entries(data.outputs))
      run.outputs.set(`${data.step}.${name}`, digest)
    run.outputSeqs.push(seq)
  }),
  teller(runFinished, (history, { seq, at, data }) => {
    const run = history.runs.get(data.run)
    if (run) run.end = { seq, at, status: data.status }
  }),
  teller(trackedRunStarted, (history, event) => {
    const { run, pipelineRun } = event.data
    history.tracked.push({ ...markOf(event), run, pipelineRun })
  }),
  ...[triggerFired, triggerSkipped].map((declared) =>
    teller(declared, (history, event) => {
      const { trigger, source, pipeline, run, cause } = event.data
      const fired = declared === triggerFired
      history.firings.push({ ...markOf(event), trigger, source, pipeline, run, cause, fired })
    }),
  ),
]
