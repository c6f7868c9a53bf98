import { isAppError } from '../../kernel/errors.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { machine } from '../machine/machine.ts'
import { runHasEnded, type Effect, type MachineEvent, type StepState } from '../machine/state.ts'
import { loadRun, machinePlanOf, type StoredRun } from '../run.store.ts'
import { changedSteps, recordTransition, type Ending } from './record.ts'

/** An event without its time: that is put in when its turn comes. */
type Happening = MachineEvent extends infer E ? (E extends MachineEvent ? Omit<E, 'now'> : never) : never

export type OpenRun = StoredRun

export type OpenRuns = {
  ids(): string[]
  get(id: string): OpenRun | undefined
  /** Takes up a run that is stored. */
  open(id: string): Promise<OpenRun | undefined>
  noteTrackingRun(id: string, trackingRun: string): void
  /** Feeds the machine, stores what it says, then performs it. Events of one run wait for each other. */
  happen(id: string, happening: Happening, ending?: Ending): Promise<void>
  /** Nothing further is stored or performed. */
  close(): Promise<void>
}

type Perform = (run: OpenRun, effects: readonly Effect[]) => void

/** The runs that go on, each with the machine's state in memory and the same state in the tables. */
export const openRunsOf = (kernel: Kernel, perform: Perform): OpenRuns => {
  const runs = new Map<string, OpenRun>()
  const turns = new Map<string, Promise<void>>()
  let isClosed = false

  const open = async (id: string) => {
    const stored = await loadRun(kernel.db, id, kernel.clock.now())
    if (stored) runs.set(id, stored)
    return stored
  }

  const apply = async (id: string, happening: Happening, ending: Ending | undefined) => {
    if (isClosed) return
    const run = runs.get(id) ?? (happening.type === 'cancel' ? await open(id) : undefined)
    if (!run) return
    const before = run.state
    const event = { ...happening, now: kernel.clock.now() } as MachineEvent
    const transition = machine(machinePlanOf(run.record.plan), before, event)
    const { state, effects } = transition
    const isNews = changedSteps(before, state).length > 0 || state.status !== before.status
    if (isNews) {
      const { record, revision } = run
      await kernel.write((tx) =>
        recordTransition(kernel.ledger, tx, { record, revision, before, transition, ending }),
      )
      run.revision += 1
    }
    run.state = state
    run.finishedAt = runHasEnded(state) ? state.at : null
    perform(run, effects)
    if (runHasEnded(state)) runs.delete(id)
  }

  const takeTurn = async (id: string, happening: Happening, ending: Ending | undefined) => {
    try {
      await apply(id, happening, ending)
    } catch (error) {
      if (!isAppError(error) || error.code !== 'conflict') throw error
      // Another server was faster: go on from what it stored.
      await open(id)
    }
  }

  return {
    ids: () => [...runs.keys()],
    get: (id) => runs.get(id),
    open,
    noteTrackingRun(id, trackingRun) {
      const run = runs.get(id)
      if (run) run.trackingRun = trackingRun
    },
    happen(id, happening, ending) {
      const before = turns.get(id) ?? Promise.resolve()
      const turn = before.catch(() => {}).then(() => takeTurn(id, happening, ending))
      turns.set(id, turn)
      const clear = () => {
        if (turns.get(id) === turn) turns.delete(id)
      }
      turn.then(clear, clear)
      return turn
    },
    async close() {
      isClosed = true
      await Promise.allSettled(turns.values())
    },
  }
}

export const stepWith = (run: OpenRun | undefined, token: number): StepState | undefined =>
  run && Object.values(run.state.steps).find((step) => step.token === token)
