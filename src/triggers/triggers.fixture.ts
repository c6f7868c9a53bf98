/** A server with the room of triggers on a clock that stands, and pipelines that only note what they are asked for. */
import type { TestContext } from 'node:test'
import { commitCreated } from '../data/contract.ts'
import { system } from '../kernel/auth/principal.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { alertRaised } from '../monitoring/contract.ts'
import { runFinished } from '../pipelines/contract.ts'
import { testServer, type TestServer } from '../testing.ts'
import { type Trigger, trigger as declared } from './contract.ts'
import type { Actor } from './firing.ts'
import { type PipelinesPort, triggersMigrations, triggersRoom } from './index.ts'

type Started = Parameters<PipelinesPort['start']>[0]
export type World = TestServer & {
  /** Runs that were made, by id. */
  runs: Map<string, Started>
  asked: () => number
  clock: { now: number }
  declare: (body: Trigger) => Promise<void>
  commit: (paths: string[], change?: { branch?: string; actor?: Actor }) => Promise<number>
  alert: (monitor: string, event?: typeof alertRaised) => Promise<void>
  finish: (run: string) => Promise<void>
}

export const of = { project: 'demo', trigger: 'retrain' }
export const start = { pipeline: 'train' }

type Given = {
  home?: string
  before?: (turn: number) => Promise<void>
  after?: (turn: number, run: string) => Promise<void>
}

const sha = (letter: string) => `sha256:${letter.repeat(64)}`

/** What happens in other rooms, as the ledger tells of it. */
const eventsFor = (kernel: Kernel): Pick<World, 'declare' | 'commit' | 'alert' | 'finish'> => ({
  declare: async (body) =>
    void (await kernel.write((tx) =>
      kernel.definitions.put(tx, {
        project: 'demo',
        kind: declared.kind,
        name: 'retrain',
        body,
        actor: system,
      }),
    )),
  commit: async (paths, { branch = 'main', actor = system } = {}) => {
    const changes = paths.map((path) => ({
      path,
      action: 'added' as const,
      digest: sha('a'),
      sizeBytes: 1,
    }))
    const event = await kernel.write((tx) =>
      kernel.ledger.append(tx, {
        event: commitCreated,
        project: 'demo',
        subject: 'repository/flights',
        actor,
        data: {
          repository: 'flights',
          branch,
          commit: 'c'.repeat(64),
          parent: null,
          tree: sha('b'),
          message: 'More flights',
          changes: changes as never,
          total: paths.length,
        },
      }),
    )
    return event.seq
  },
  alert: async (monitor, event = alertRaised) =>
    void (await kernel.write((tx) =>
      kernel.ledger.append(tx, {
        event,
        project: 'demo',
        subject: `monitor/${monitor}`,
        actor: system,
        data: {
          alert: 'alert_1',
          monitor,
          endpoint: 'late',
          rule: 'calibration_gap',
          value: 0.0712,
          limit: 0.04,
          direction: 'above',
          window: { id: '2013-04', from: 1, to: 2 },
          version: 1,
          drifted: [],
        },
      }),
    )),
  finish: async (run) =>
    void (await kernel.write((tx) =>
      kernel.ledger.append(tx, {
        event: runFinished,
        project: 'demo',
        subject: `run/${run}`,
        actor: system,
        data: { pipeline: 'train', run, status: 'succeeded', failedSteps: [], wallMs: 1 },
      }),
    )),
})

export const world = async (t: TestContext, given: Given = {}): Promise<World> => {
  const runs = new Map<string, Started>()
  const clock = { now: Date.UTC(2026, 0, 5, 12) }
  let asked = 0
  const pipelines: PipelinesPort = {
    start: async (run) => {
      asked += 1
      await given.before?.(asked)
      const { id } = run
      runs.set(id, run)
      await given.after?.(asked, id)
      return { id }
    },
  }
  const server = await testServer(t, {
    ...(given.home === undefined ? {} : { home: given.home }),
    clock: { now: () => clock.now },
    migrations: triggersMigrations,
    rooms: (kernel) => [triggersRoom(kernel, { pipelines })],
  })
  return {
    ...server,
    runs,
    asked: () => asked,
    clock,
    ...eventsFor(server.kernel),
  }
}
