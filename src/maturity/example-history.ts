/** Hand-made histories for the tests of this room: told as events, so that they can be folded or appended to a real ledger. */
import { commitCreated } from '../data/contract.ts'
import type { Actor, EventDeclaration, Static, TSchema } from '../kernel/contract.ts'
import type { LedgerEvent, NewEvent } from '../kernel/ledger/ledger.ts'
import { alertRaised, windowEvaluated } from '../monitoring/contract.ts'
import { runFinished, runStarted, stepFinished } from '../pipelines/contract.ts'
import {
  approvalRequested,
  versionApproved,
  versionRefused,
  versionRegistered,
} from '../registry/contract.ts'
import {
  releaseCreated,
  rolloutCompleted,
  rolloutRolledBack,
  rolloutStarted,
  rolloutStepReached,
} from '../serving/contract.ts'
import { runStarted as trackedRunStarted } from '../tracking/contract.ts'
import { triggerFired } from '../triggers/contract.ts'
import type { Facts } from './measure/facts.ts'

export const project = 'flights'
export const system: Actor = { kind: 'system', id: 'system', name: 'Esteira' }
export const feed: Actor = { kind: 'service', id: 'svc-feed', name: 'feed' }
export const ana: Actor = { kind: 'person', id: 'ana', name: 'ana' }
export const bruno: Actor = { kind: 'person', id: 'bruno', name: 'bruno' }
export const carla: Actor = { kind: 'person', id: 'carla', name: 'carla' }

const digest = (n: number, kind = 'a'): string => `sha256:${`${kind}${n}`.padEnd(64, '0')}`
export const commitId = (n: number): string => `c${n}`.padEnd(64, '0')

const minuteMs = 60_000
export const dayMs = 86_400_000

type Told = NewEvent<TSchema> & { at: number }

export type Trained = {
  by?: Actor
  source?: 'data' | 'alert'
  cause?: number
  /** Left out: the digests of another run, to be the same again. */
  outputs?: number
  reproduces?: string
}

export type Registered = { run?: string; gate?: boolean; author?: Actor; approval?: boolean }

const passed = {
  passed: true,
  note: null,
  results: [{ rule: 'auc is at least 0.6', outcome: 'passed' as const, why: 'it is 0.7' }],
  definition: null,
  champion: null,
}

/** Tells events one minute apart from `start`; the first has the sequence `firstSeq`. */
export const story = (start: number, firstSeq = 1) => {
  const told: Told[] = []
  let now = start
  let number = 0
  let live: number | null = null

  const tell = <S extends TSchema>(
    event: EventDeclaration<S>,
    given: { subject: string; data: Static<S>; actor: Actor; cause?: number | undefined },
  ): number => {
    told.push({ event, project, ...given, at: now } as Told)
    now += minuteMs
    return firstSeq + told.length - 1
  }
  const next = () => (number += 1)
  let turn = 0
  const isOddTurn = () => (turn += 1) % 2 === 1

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
    tell(runFinished, {
      subject: `run/${run}`,
      data: { ...of, status: 'succeeded', failedSteps: [], wallMs: 5 },
      actor: system,
    })
    return { run, tracked: `t${n}`, outputs: outputs ?? n }
  }

  const lineage = (commit: string, run: { run: string; tracked: string } | undefined) => ({
    pipelineRun: run?.run ?? null,
    step: run ? 'register' : null,
    trackingRun: run?.tracked ?? null,
    code: run ? digest(7) : null,
    environment: run ? digest(8) : null,
    commits: run ? { flights: { repository: 'flights', commit } } : {},
  })

  const register = (commit: string, run?: { run: string; tracked: string }, gated = true) => {
    const version = next()
    const gate = gated ? passed : { ...passed, results: [] }
    const data = {
      model: 'late',
      version,
      files: digest(version, 'f'),
      gate,
      approval: 'pending' as const,
      lineage: lineage(commit, run),
    }
    tell(versionRegistered, {
      subject: `model/late/${version}`,
      data,
      actor: run ? { kind: 'run', id: run.run, name: run.run } : ana,
    })
    tell(approvalRequested, {
      subject: `model/late/${version}`,
      data: { model: 'late', version, needed: 1, comment: null },
      actor: system,
    })
    return version
  }

  const refuse = (commit: string, run: { run: string; tracked: string }) =>
    tell(versionRefused, {
      subject: 'model/late',
      data: {
        model: 'late',
        candidate: `cand_${next()}`,
        gate: { ...passed, passed: false },
        metrics: {},
        lineage: lineage(commit, run),
      },
      actor: { kind: 'run', id: run.run, name: run.run },
    })

  const approve = (version: number, by: Actor) =>
    tell(versionApproved, {
      subject: `model/late/${version}`,
      data: { model: 'late', version, approvers: [by], comment: null },
      actor: by,
    })

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

  const window = { id: '2013-04', from: 0, to: 1 }
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

  return {
    told,
    commit,
    train,
    register,
    refuse,
    approve,
    release,
    watch,
    isOddTurn,
    alert,
    wait: (ms: number) => void (now += ms),
    now: () => now,
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
  pipelines: [{ name: 'train', commands: ['python -m train'], views: ['plane'], models: ['late'] }],
  trackedRuns: new Map(
    events
      .filter(({ type }) => type === trackedRunStarted.type)
      .map(({ data }) => [(data as { run: string }).run, { params: 3, metrics: 2 }]),
  ),
})
