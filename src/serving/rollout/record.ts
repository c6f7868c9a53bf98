import type { Principal } from '../../kernel/auth/principal.ts'
import type { Tx } from '../../kernel/db/tables.ts'
import { AppError } from '../../kernel/errors.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import {
  rolloutCompleted,
  rolloutPaused,
  rolloutResumed,
  rolloutRolledBack,
  rolloutStepReached,
} from '../contract.ts'
import { endpointStore, releaseStore } from '../store/release.store.ts'
import type { StoredRollout } from '../store/rollout.store.ts'
import { weightsOf, type Effect } from './machine.ts'

type Recorded = { rollout: StoredRollout; effect: Effect; actor: Principal; reason?: string | undefined }

const subjectOf = async (tx: Tx, { id, project, endpoint, release }: StoredRollout) => {
  const found = await releaseStore.get(tx, { project, endpoint }, release)
  if (!found) throw new AppError('internal', `Release ${release} of endpoint ${endpoint} has no record.`)
  return { endpoint, rollout: id, release, model: found.model, version: found.version }
}

/** Writes what an effect of the controller means: the ledger's event, and the live release when a rollout is complete. */
export const recordEffect = async (
  { ledger, clock }: Pick<Kernel, 'ledger' | 'clock'>,
  tx: Tx,
  { rollout, effect, actor, reason }: Recorded,
): Promise<void> => {
  const { project, endpoint, release, champion, cause, state } = rollout
  const of = await subjectOf(tx, rollout)
  const event = { project, subject: `endpoint/${endpoint}`, actor, cause }
  const durationMs = (state.finishedAt ?? state.lastAt) - state.startedAt
  const held = { ...of, weight: weightsOf(state).canary, ...(reason === undefined ? {} : { reason }) }
  switch (effect.type) {
    case 'stepReached':
      await ledger.append(tx, {
        ...event,
        event: rolloutStepReached,
        data: { ...of, step: effect.step, weight: effect.weight },
      })
      break
    case 'paused':
      await ledger.append(tx, { ...event, event: rolloutPaused, data: held })
      break
    case 'resumed':
      await ledger.append(tx, { ...event, event: rolloutResumed, data: held })
      break
    case 'completed':
      await endpointStore.set(tx, { project, endpoint }, { liveRelease: release, updatedAt: clock.now() })
      await ledger.append(tx, {
        ...event,
        event: rolloutCompleted,
        data: { ...of, replaced: champion, durationMs },
      })
      break
    case 'rolledBack': {
      const { cause: kind, explanation } = effect
      await ledger.append(tx, {
        ...event,
        event: rolloutRolledBack,
        data: { ...of, cause: kind, explanation, durationMs },
      })
      break
    }
  }
}
