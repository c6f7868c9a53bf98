/** Hand-made histories for the tests of this room: told as events, so that they can be folded or appended to a real ledger. */
import type { LedgerEvent } from '../../kernel/ledger/ledger.ts'
import { runStarted as trackedRunStarted } from '../../tracking/contract.ts'
import type { Facts } from '../measure/facts.ts'
import { modelsOf } from './models.ts'
import { productionOf } from './production.ts'
import { ana, bruno, carla, feed, teller } from './teller.ts'
import { trainingOf } from './training.ts'

export { ana, bruno, carla, dayMs, feed, project } from './teller.ts'

/** A project’s life, told from `start`: one model, one pipeline, one endpoint. */
export const story = (start: number, firstSeq = 1) => {
  const telling = teller(start, firstSeq)
  let turn = 0
  const { told, now, wait } = telling
  return {
    told,
    now,
    wait,
    isOddTurn: () => (turn += 1) % 2 === 1,
    ...trainingOf(telling),
    ...modelsOf(telling),
    ...productionOf(telling),
  }
}
export type Story = ReturnType<typeof story>

/** One turn of the loop as it should be: every record that a turn can leave is there. */
export const goodTurn = (told: Story): void => {
  told.watch()
  const alert = told.alert()
  const { id, seq } = told.commit(feed)
  const byData = told.train(id, { source: 'data', cause: seq })
  told.refuse(id, byData)
  const run = told.train(id, { source: 'alert', cause: alert })
  const version = told.register(id, run)
  const approval = told.approve(version, told.isOddTurn() ? bruno : carla)
  told.release(version, { cause: approval })
  told.train(id, { by: carla, reproduces: run.run, outputs: run.outputs })
}

/** As it was before MLOps: everything by one person’s hand. */
export const manualTurn = (told: Story): void => {
  const { id } = told.commit(ana)
  told.train(id, { by: ana })
  const version = told.register(id, undefined, false)
  told.approve(version, ana)
  told.release(version, { by: ana, weights: [100] })
}

export const eventsOf = ({ told }: Pick<Story, 'told'>, firstSeq = 1): LedgerEvent[] =>
  told.map(({ event, project, subject, data, actor, cause, at }, index) => ({
    seq: firstSeq + index,
    at,
    type: event.type,
    project,
    subject,
    actor,
    cause: cause ?? null,
    data,
    previousHash: '',
    hash: '',
  }))

/** What the project file of these stories says; every tracked run has what a run should have. */
export const factsOf = (events: readonly LedgerEvent[]): Facts => ({
  triggers: [{ name: 'on-alert', pipeline: 'train', monitor: 'late' }],
  monitors: [{ name: 'late', endpoint: 'late' }],
  endpoints: [{ name: 'late', model: 'late', lookups: ['plane'] }],
  pipelines: [
    {
      name: 'train',
      commands: ['python -m train'],
      views: ['plane'],
      repositories: ['flights'],
      models: ['late'],
    },
  ],
  trackedRuns: new Map(
    events
      .filter(({ type }) => type === trackedRunStarted.type)
      .map(({ data }) => [(data as { run: string }).run, { params: 3, metrics: 2 }]),
  ),
})
