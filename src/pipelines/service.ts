import type { Principal } from '../kernel/auth/principal.ts'
import { AppError, type Problem } from '../kernel/errors.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { findAttempts } from './attempt.store.ts'
import { compareRuns, explainStep } from './comparison.ts'
import {
  environmentDefinition,
  pipelineDefinition,
  runCancelled,
  runRetried,
  runStarted,
  type Comparison,
  type Run,
  type RunSummary,
  type Why,
} from './contract.ts'
import { actionOf } from './driver/desk.ts'
import type { Driver } from './driver/driver.ts'
import { newRun } from './machine/state.ts'
import { pinEnvironments, pinInputs, type InputOverride } from './pins.ts'
import { compile } from './plan/compile.ts'
import { runParameters } from './plan/parameters.ts'
import type { Plan } from './plan/plan.ts'
import type { PipelinePorts, Starter } from './ports.ts'
import { withoutActs } from './reproduction.ts'
import {
  findHead,
  findHeads,
  findStepRows,
  insertRun,
  machinePlanOf,
  type RunFilter,
  type RunHead,
  type RunRecord,
} from './run.store.ts'
import type { Track } from './tracking.ts'
import { isFinal, runOf, summaryOf } from './views.ts'

export type StartRun = {
  /** A run under this id is started once: asked again, the run that is there is given. A fresh id unless said. */
  id?: string
  /** Sequence of the ledger event that this run follows from. */
  cause?: number | null
  pipeline: string
  parameters?: Record<string, unknown>
  inputs?: Record<string, InputOverride>
  cache?: boolean
  label?: string
}

type Deps = { kernel: Kernel; ports: PipelinePorts; driver: Driver; track: Track }

const refuse = (what: string, problems: readonly Problem[]) => {
  const [first] = problems
  if (!first) return
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''
  throw new AppError('invalid', `${what}: ${first.path}: ${first.message}${more}`, {
    problems: [...problems],
    hint: first.hint,
  })
}

const starterOf = ({ kind, id, name }: Starter): Starter => ({ kind, id, name })

export const pipelineService = ({ kernel, ports, driver, track }: Deps) => {
  const { db, definitions, ledger, clock } = kernel

  const head = async (project: string, id: string): Promise<RunHead> => {
    const found = await findHead(db, id)
    if (found && found.record.project === project) return found
    throw new AppError('not_found', `There is no pipeline run ${id} in project ${project}.`, {
      hint: '`esteira pipelines runs` lists them.',
    })
  }

  const show = async (found: RunHead): Promise<Run> => {
    const { id } = found.record
    return runOf(found, await findStepRows(db, [id]), await findAttempts(db, id))
  }

  const summarise = async (heads: readonly RunHead[]): Promise<RunSummary[]> => {
    const rows = await findStepRows(
      db,
      heads.map(({ record }) => record.id),
    )
    return heads.map((one) =>
      summaryOf(
        one,
        rows.filter(({ run }) => run === one.record.id),
      ),
    )
  }

  /** A pipeline as it is declared now, compiled. */
  const planOf = async (project: string, name: string) => {
    const declared = await definitions.get(project, pipelineDefinition, name)
    if (!declared)
      throw new AppError('not_found', `There is no pipeline ${name} in project ${project}.`, {
        hint: 'Declare it under `pipelines` in esteira.yaml and apply.',
      })
    const environments = (await definitions.list(project, environmentDefinition)).map((one) => one.name)
    const { plan, problems } = compile(declared.body, { environments, builtins: Object.keys(ports.builtins) })
    if (!plan) refuse(`Pipeline ${name} cannot run`, problems)
    return { declared, plan: plan as Plan }
  }

  const begin = async (record: RunRecord, cause: number | null = null): Promise<Run> => {
    await kernel.write(async (tx) => {
      await insertRun(tx, record, newRun(machinePlanOf(record.plan), record.createdAt))
      await ledger.append(tx, {
        event: runStarted,
        project: record.project,
        subject: `pipeline-run/${record.id}`,
        actor: record.startedBy,
        cause,
        data: {
          pipeline: record.pipeline,
          run: record.id,
          pipelineVersion: record.pipelineVersion,
          label: record.label,
          reproduces: record.reproduces,
          inputs: record.inputs,
          code: record.code,
        },
      })
    })
    await driver.runs.open(record.id)
    driver.runs.noteTrackingRun(record.id, await track(record))
    await driver.runs.happen(record.id, { type: 'tick' })
    return show(await head(record.project, record.id))
  }

  const start = async (project: string, asked: StartRun, actor: Starter): Promise<Run> => {
    const existing = asked.id === undefined ? undefined : await findHead(db, asked.id)
    if (existing) return show(await head(project, existing.record.id))
    const { declared, plan } = await planOf(project, asked.pipeline)
    const { values, problems: wrong } = runParameters(plan.parameters, asked.parameters ?? {})
    const overrides = asked.inputs ?? {}
    const { pins, problems } = await pinInputs({ project, plan, overrides, resolve: ports.resolveInput })
    refuse(`Pipeline ${asked.pipeline} was not started`, [...wrong, ...problems])
    const code = await ports.code(project)
    const record: RunRecord = {
      id: asked.id ?? kernel.ids('prun'),
      project,
      pipeline: asked.pipeline,
      pipelineVersion: declared.version,
      label: asked.label ?? null,
      plan,
      parameters: values,
      inputs: pins,
      code: code ?? null,
      environments: await pinEnvironments(kernel, { project, plan, code }),
      useCache: asked.cache ?? true,
      reproduces: null,
      startedBy: starterOf(actor),
      createdAt: clock.now(),
    }
    return begin(record, asked.cause)
  }

  const mustBe = (found: RunHead, final: boolean, what: string) => {
    if (isFinal(found.status) === final) return
    throw new AppError('conflict', `Run ${found.record.id} is ${found.status}, so it cannot be ${what}.`)
  }

  const common = (found: RunHead, actor: Starter) => ({
    project: found.record.project,
    subject: `pipeline-run/${found.record.id}`,
    actor: starterOf(actor),
  })

  return {
    head,
    start,
    planOf,

    run: async (project: string, id: string): Promise<Run> => show(await head(project, id)),

    async list(filter: RunFilter) {
      const heads = await findHeads(db, { ...filter, limit: filter.limit + 1 })
      const page = heads.slice(0, filter.limit)
      const next = heads.length > filter.limit ? (page.at(-1)?.record.id ?? null) : null
      return { runs: await summarise(page), next }
    },

    async pipelines(project: string) {
      const declared = await definitions.list(project, pipelineDefinition)
      return Promise.all(
        declared.map(async ({ name, version, digest, body }) => {
          const [lastRun = null] = await summarise(await findHeads(db, { project, pipeline: name, limit: 1 }))
          return {
            name,
            version,
            digest,
            description: body.description ?? null,
            steps: Object.keys(body.steps),
            lastRun,
          }
        }),
      )
    },

    async cancel(project: string, id: string, actor: Principal): Promise<Run> {
      const found = await head(project, id)
      mustBe(found, false, 'cancelled')
      const data = { pipeline: found.record.pipeline, run: id }
      await kernel.write((tx) => ledger.append(tx, { ...common(found, actor), event: runCancelled, data }))
      await driver.runs.happen(id, { type: 'cancel' })
      return show(await head(project, id))
    },

    async retry(project: string, id: string, actor: Principal): Promise<Run> {
      const found = await head(project, id)
      mustBe(found, true, 'retried')
      if (found.status === 'succeeded')
        throw new AppError('conflict', `Run ${id} succeeded: there is nothing to retry.`, {
          hint: 'Start a new run, or reproduce this one.',
        })
      const steps = (await findStepRows(db, [id])).filter(
        ({ status }) => status !== 'succeeded' && status !== 'cached',
      )
      const data = { pipeline: found.record.pipeline, run: id, steps: steps.map(({ name }) => name) }
      await kernel.write((tx) => ledger.append(tx, { ...common(found, actor), event: runRetried, data }))
      await driver.runs.open(id)
      await driver.runs.happen(id, { type: 'retry' })
      return show(await head(project, id))
    },

    async reproduce(project: string, id: string, actor: Starter): Promise<Run> {
      const { record } = await head(project, id)
      return begin({
        ...record,
        plan: withoutActs(record.plan, (task) => actionOf(ports, task) !== undefined),
        id: kernel.ids('prun'),
        label: `reproduces ${record.label ?? id}`,
        useCache: false,
        reproduces: id,
        startedBy: starterOf(actor),
        createdAt: clock.now(),
      })
    },

    async compare(project: string, id: string, other: string): Promise<Comparison> {
      await head(project, id)
      await head(project, other)
      return compareRuns(
        { id, steps: await findStepRows(db, [id]) },
        { id: other, steps: await findStepRows(db, [other]) },
      )
    },

    async why(
      project: string,
      asked: { run: string; step: string; with?: string | undefined },
    ): Promise<Why> {
      const { record } = await head(project, asked.run)
      const row = (await findStepRows(db, [asked.run])).find(({ name }) => name === asked.step)
      if (!row)
        throw new AppError('not_found', `Run ${asked.run} has no step ${asked.step}.`, {
          hint: `It has ${record.plan.tasks.map(({ name }) => name).join(', ')}.`,
        })
      const earlier =
        asked.with ??
        row.cachedFrom ??
        (await findHeads(db, { project, pipeline: record.pipeline, after: record.id, limit: 1 }))[0]?.record
          .id
      if (asked.with !== undefined) await head(project, asked.with)
      const rows = earlier === undefined ? [] : await findStepRows(db, [earlier])
      const other =
        earlier === undefined ? undefined : { id: earlier, row: rows.find(({ name }) => name === asked.step) }
      return explainStep({ record, row, other })
    },
  }
}

export type PipelineService = ReturnType<typeof pipelineService>
