import { system, type Principal } from '../../kernel/auth/principal.ts'
import type { Tx } from '../../kernel/db/tables.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { FleetReports } from '../fleet/reports.ts'
import { rolloutStore, type StoredRollout } from '../store/rollout.store.ts'
import { advance, type RolloutEvent, type RolloutState } from './machine.ts'
import { recordEffect } from './record.ts'

type Because = { actor: Principal; reason?: string | undefined }
export type RolloutController = {
  /** Looks at every running rollout with the figures of now. */
  tick: () => Promise<void>
  /** One event for one rollout, inside the caller's transaction; state, records and ledger together. */
  apply: (tx: Tx, rollout: StoredRollout, step: Because & { event: RolloutEvent }) => Promise<StoredRollout>
  observation: (rollout: StoredRollout) => RolloutEvent
}
type Deps = { kernel: Kernel; reports: FleetReports; moved: () => Promise<void> }

const withoutClock = (state: RolloutState): string => JSON.stringify({ ...state, lastAt: 0 })

export const rolloutController = ({ kernel, reports, moved }: Deps): RolloutController => {
  const { clock } = kernel

  const observation = (rollout: StoredRollout): RolloutEvent => {
    const { project, endpoint, release, champion } = rollout
    const now = clock.now()
    const key = { project, endpoint, release }
    return {
      type: 'observed',
      at: now,
      ...reports.readiness(key, now),
      canary: reports.totals(key),
      champion: champion === null ? null : reports.totals({ project, endpoint, release: champion }),
    }
  }

  const apply: RolloutController['apply'] = async (tx, rollout, { event, actor, reason }) => {
    const { state, effects } = advance(rollout.state, event)
    const after = { ...rollout, state, status: state.status, finishedAt: state.finishedAt }
    await rolloutStore.update(tx, rollout.id, state)
    for (const effect of effects) await recordEffect(kernel, tx, { rollout: after, effect, actor, reason })
    return after
  }

  const look = async (rollout: StoredRollout): Promise<void> => {
    const foreseen = advance(rollout.state, observation(rollout))
    const isNews = foreseen.effects.length > 0 || withoutClock(foreseen.state) !== withoutClock(rollout.state)
    if (!isNews) return
    const after = await kernel.write(async (tx) => {
      // What a person did meanwhile comes first: the state is read again inside.
      const present = await rolloutStore.get(tx, rollout.id)
      return present && apply(tx, present, { event: observation(present), actor: system })
    })
    if (after && (after.status !== rollout.status || after.state.step !== rollout.state.step)) await moved()
  }

  return {
    apply,
    observation,
    tick: async () => {
      for (const rollout of await rolloutStore.active(kernel.db)) await look(rollout)
    },
  }
}
