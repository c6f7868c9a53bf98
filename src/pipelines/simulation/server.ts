import {
  isInFlight,
  runHasEnded,
  type Effect,
  type Machine,
  type MachineEvent,
  type RunState,
} from '../machine/state.ts'
import type { Disk } from './disk.ts'
import type { Executor, Report } from './workers.ts'
import type { World } from './world.ts'

export type Server = {
  start(): void
  receive(report: Report): void
  /** Both say whether the request was accepted: what is accepted is stored. */
  cancel(): boolean
  retry(): boolean
}

type Duties = { world: World; machine: Machine; disk: Disk; executor: () => Executor }

type Handler = (event: MachineEvent) => { stored: boolean; crashed: boolean }

const inputsOf = (state: RunState, needs: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    needs.flatMap((need) => {
      const output = state.steps[need]?.outputs['out']
      return output ? [[need, output.digest]] : []
    }),
  )

/** Applies an event, stores, then performs the effects; it may crash before the transaction and before each effect. */
const handlerOf = ({ world, machine, disk, executor }: Duties): Handler => {
  const { plan, faults } = world.scenario
  const crashes = () => world.stormy() && world.chance.happens(faults.serverCrash)
  const perform = ({ type, step, token }: Effect) => {
    if (type === 'stop') return world.send(() => executor().stop({ step, token }))
    const needs = plan.steps.find((planned) => planned.name === step)?.needs ?? []
    const inputs = inputsOf(disk.state(), needs)
    return world.send(() => executor().launch({ step, token, inputs }))
  }
  return (event) => {
    if (crashes()) return { stored: false, crashed: true }
    const { state, effects } = machine(plan, disk.state(), event)
    disk.store(state, {
      token: 'token' in event ? event.token : undefined,
      retry: event.type === 'retry',
    })
    for (const effect of effects) {
      if (crashes()) return { stored: true, crashed: true }
      perform(effect)
    }
    return { stored: true, crashed: false }
  }
}

/** A server as the real one, whose clock jumps and which dies and comes back. */
export const serverOf = (duties: Duties): Server => {
  const { world, disk, executor } = duties
  const { chance, scenario } = world
  const apply = handlerOf(duties)
  let skew = 0
  let life = 1
  let isUp = true
  const clock = () => world.now() + skew

  const handle = (event: MachineEvent): boolean => {
    const { stored, crashed } = apply(event)
    if (crashed) {
      isUp = false
      world.after(chance.between(100, chance.happens(0.2) ? 120_000 : 5_000), begin)
    }
    return stored
  }
  const begin = () => {
    isUp = true
    life += 1
    disk.reload()
    handle({ type: 'resumed', now: clock() })
    tick(life)
  }
  const tick = (born: number) => {
    if (!isUp || born !== life || runHasEnded(disk.state())) return
    if (world.stormy() && chance.happens(scenario.faults.clockJump))
      skew += chance.between(-86_400_000, 86_400_000)
    handle({ type: 'tick', now: clock() })
    for (const step of Object.values(disk.state().steps))
      if (isInFlight(step) && chance.happens(0.5)) world.send(() => executor().poll(step))
    world.after(chance.between(900, 1_100), () => tick(born))
  }
  return {
    start: () => tick(life),
    receive(report) {
      if (isUp) handle({ ...report, now: clock() })
    },
    cancel: () => isUp && handle({ type: 'cancel', now: clock() }),
    retry() {
      const accepted = isUp && handle({ type: 'retry', now: clock() })
      if (accepted) world.after(0, () => tick(life))
      return accepted
    },
  }
}
