import type { Actor } from '../../kernel/contract.ts'
import { alertRaised, windowEvaluated } from '../../monitoring/contract.ts'
import {
  releaseCreated,
  rolloutCompleted,
  rolloutRolledBack,
  rolloutStarted,
  rolloutStepReached,
} from '../../serving/contract.ts'
import { digest, system, type Telling } from './teller.ts'

const window = { id: '2013-04', from: 0, to: 1 }
/** Releases of one endpoint, and what its monitor sees. */
export const productionOf = ({ tell, next }: Telling) => {
  let live: number | null = null

  const release = (
    version: number,
    {
      by = system,
      cause,
      files = digest(version, 'f'),
      fails = false,
      weights = [10, 50, 100],
    }: { by?: Actor; cause?: number; files?: string; fails?: boolean; weights?: number[] } = {},
  ) => {
    const number = next()
    const of = { endpoint: 'late', rollout: `ro_${number}`, release: number, model: 'late', version }
    const subject = 'endpoint/late'
    tell(releaseCreated, {
      subject,
      data: { endpoint: 'late', release: number, kind: 'release', model: 'late', version, files },
      actor: by,
      cause,
    })
    tell(rolloutStarted, { subject, data: { ...of, champion: live }, actor: by })
    for (const [step, weight] of (fails ? weights.slice(0, 1) : weights).entries())
      tell(rolloutStepReached, { subject, data: { ...of, step, weight }, actor: system })
    if (fails)
      return tell(rolloutRolledBack, {
        subject,
        data: { ...of, cause: 'analysis', explanation: '', durationMs: 1 },
        actor: system,
      })
    const done = tell(rolloutCompleted, {
      subject,
      data: { ...of, replaced: live, durationMs: 1 },
      actor: system,
    })
    live = number
    return done
  }

  const watch = (labelled = 900) =>
    tell(windowEvaluated, {
      subject: 'monitor/late',
      data: {
        monitor: 'late',
        endpoint: 'late',
        window,
        status: 'judged',
        rows: 1000,
        labelled,
        metrics: { auc: 0.7 },
        drifted: [],
      },
      actor: system,
    })
  const alert = () => {
    const data = {
      alert: `alr_${next()}`,
      monitor: 'late',
      endpoint: 'late',
      rule: 'calibration_gap',
      value: 0.05,
      limit: 0.04,
      direction: 'above' as const,
      window,
      version: 1,
      drifted: [],
    }
    return tell(alertRaised, { subject: 'monitor/late', data, actor: system })
  }

  return { release, watch, alert }
}
