import type { Principal } from '../kernel/auth/principal.ts'
import type { Db, Tx } from '../kernel/db/tables.ts'
import { AppError } from '../kernel/errors.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { runFinished, runStarted } from './contract.ts'
import { defaultExperimentId, type ExperimentService } from './experiment.service.ts'
import * as io from './io.store.ts'
import { checkLog, checkMetric, checkTag, type ModelMetric, type RunLog } from './log.ts'
import { addLoggedModelMetrics, findLoggedModel } from './logged-model.store.ts'
import { addMetrics } from './metric.store.ts'
import { isFinal, toRun, toSummary } from './run.ts'
import * as store from './run.store.ts'
import type { DatasetInput, Run, RunStatus, RunSummary } from './schemas.ts'
import { parseFilter } from './search/filter.ts'
import { parseOrder } from './search/order.ts'
import { runVocabulary } from './search/vocabulary.ts'
import type { RunRow } from './tables.ts'

/** A run's name is also its tag of this name: MLflow's clients read and search it there. */
const nameTag = 'mlflow.runName'

export type NewRun = {
  project: string
  actor: Pick<Principal, 'kind' | 'id' | 'name'>
  experiment?: string | undefined
  name?: string | undefined
  startedAt?: number | undefined
  userName?: string | undefined
  pipelineRun?: string | undefined
  tags?: Record<string, string> | undefined
}

export type RunQuery = {
  experiments?: readonly string[] | undefined
  pipelineRun?: string | undefined
  filter?: string | undefined
  order?: readonly string[] | undefined
  lifecycle?: 'active' | 'deleted' | 'all' | undefined
  limit?: number | undefined
  after?: string | undefined
}

export type RunChange = {
  name?: string | undefined
  status?: RunStatus | undefined
  endedAt?: number | undefined
}

const missing = (id: string) =>
  new AppError('not_found', `Run with id=${id} not found`, {
    hint: 'Check the project, and the id with `esteira runs list`.',
  })

const pairsOf = (pairs: Readonly<Record<string, string>>) =>
  Object.entries(pairs).map(([key, value]) => ({ key, value }))

const tagsOf = ({ name }: RunRow, { tags }: NewRun) => [
  ...pairsOf(tags ?? {})
    .filter(({ key }) => key !== nameTag)
    .map((tag) => checkTag(tag, 'tags.')),
  { key: nameTag, value: name },
]

export const runService = (kernel: Kernel, experiments: ExperimentService) => {
  const { db, write, ids, clock, ledger } = kernel

  const find = async (source: Db, project: string, id: string): Promise<RunRow> => {
    const row = await store.findRun(source, project, id)
    if (!row) throw missing(id)
    return row
  }

  const findActive = async (tx: Db, project: string, id: string): Promise<RunRow> => {
    const row = await find(tx, project, id)
    if (row.lifecycle !== 'active')
      throw new AppError(
        'invalid',
        `The run ${id} must be in the 'active' state. Current state is ${row.lifecycle}.`,
        {
          hint: 'Restore it first.',
        },
      )
    return row
  }

  const summarise = async (rows: readonly RunRow[]): Promise<RunSummary[]> => {
    const data = await store.dataOfRuns(
      db,
      rows.map(({ id }) => id),
    )
    return rows.map((row) => toSummary(row, data.get(row.id)))
  }

  const complete = async (rows: readonly RunRow[]): Promise<Run[]> => {
    const summaries = await summarise(rows)
    const found = await io.ioOfRuns(
      db,
      rows.map(({ id }) => id),
    )
    return summaries.map((summary) => toRun(summary, found.get(summary.id)))
  }

  const get = async (project: string, id: string): Promise<Run> => {
    const [run] = await complete([await find(db, project, id)])
    if (!run) throw missing(id)
    return run
  }

  const rename = async (tx: Tx, id: string, name: string) => {
    await store.updateRun(tx, id, { name })
    await store.setTags(tx, id, [{ key: nameTag, value: name }])
  }

  const logToModels = async (
    tx: Tx,
    { project, run }: { project: string; run: string },
    metrics: readonly ModelMetric[],
  ) => {
    for (const model of new Set(metrics.map((metric) => metric.model)))
      if (!(await findLoggedModel(tx, project, model)))
        throw new AppError('not_found', `Logged model with ID '${model}' not found.`)
    const now = clock.now()
    await addLoggedModelMetrics(
      tx,
      metrics.map(({ model, datasetName, datasetDigest, ...metric }, index) => ({
        ...checkMetric(metric, `metrics[${index}].`, now),
        model,
        run,
        datasetName,
        datasetDigest,
      })),
    )
  }

  const newRow = (given: NewRun, experiment: string): RunRow => {
    const id = ids('run')
    return {
      id,
      project: given.project,
      experiment,
      name: given.name || given.tags?.[nameTag] || `run-${id.slice(-6)}`,
      status: 'running',
      lifecycle: 'active',
      startedAt: given.startedAt ?? clock.now(),
      endedAt: null,
      deletedAt: null,
      userName: given.userName || given.actor.name,
      createdByKind: given.actor.kind,
      createdById: given.actor.id,
      createdByName: given.actor.name,
      pipelineRun: given.pipelineRun ?? null,
    }
  }

  const insert = async (tx: Tx, row: RunRow, given: NewRun) => {
    await experiments.findActive(tx, row.project, row.experiment)
    await store.insertRun(tx, row)
    await store.setTags(tx, row.id, tagsOf(row, given))
    await ledger.append(tx, {
      event: runStarted,
      project: row.project,
      subject: `run/${row.id}`,
      data: { run: row.id, experiment: row.experiment, name: row.name, pipelineRun: row.pipelineRun },
      actor: given.actor,
    })
  }

  const finish = (tx: Tx, row: RunRow, change: { status: RunStatus; actor: NewRun['actor'] }) =>
    ledger.append(tx, {
      event: runFinished,
      project: row.project,
      subject: `run/${row.id}`,
      data: { run: row.id, experiment: row.experiment, name: row.name, status: change.status },
      actor: change.actor,
    })

  return {
    get,
    findActive: (project: string, id: string) => findActive(db, project, id),
    exists: async (project: string, id: string) => (await store.findRun(db, project, id)) !== undefined,

    /** Starts a run. For a pipeline run the same call again gives the run that is there. */
    async start(given: NewRun): Promise<Run> {
      const experiment = given.experiment ?? defaultExperimentId(given.project)
      if (experiment === defaultExperimentId(given.project)) await experiments.ensureDefault(given.project)
      const made = newRow(given, experiment)
      const tags = tagsOf(made, given).map((tag) => ({ run: made.id, ...tag }))
      const known = await write(async (tx) => {
        const { pipelineRun } = given
        const found =
          pipelineRun === undefined
            ? undefined
            : await store.findRunOfPipeline(tx, given.project, pipelineRun)
        if (!found) await insert(tx, made, given)
        return found
      })
      if (known) return get(given.project, known.id)
      return toRun(toSummary(made, { metrics: [], params: [], tags }), undefined)
    },

    async search(project: string, query: RunQuery) {
      const { rows, next } = await store.searchRuns(db, {
        project,
        experiments: query.experiments,
        pipelineRun: query.pipelineRun,
        lifecycle: query.lifecycle ?? 'active',
        filter: parseFilter(query.filter, runVocabulary),
        order: parseOrder(query.order ?? [], runVocabulary),
        limit: query.limit ?? 100,
        after: query.after,
      })
      return { runs: await complete(rows), next }
    },

    async update(
      project: string,
      id: string,
      { actor, ...change }: RunChange & { actor: NewRun['actor'] },
    ): Promise<Run> {
      await write(async (tx) => {
        const row = await findActive(tx, project, id)
        if (change.name) await rename(tx, id, change.name)
        if (change.status === undefined && change.endedAt === undefined) return
        // A step's client ends the run when its process ends; the pipeline knows better, and others may still log to it.
        if (row.pipelineRun !== null && actor.kind === 'run') return
        const status = change.status ?? row.status
        const endedAt = change.endedAt ?? (isFinal(status) ? (row.endedAt ?? clock.now()) : null)
        await store.updateRun(tx, id, { status, endedAt })
        if (isFinal(status) && !isFinal(row.status)) await finish(tx, row, { status, actor })
      })
      return get(project, id)
    },

    /** Metrics, parameters and tags together: all of them or none. */
    async log(project: string, id: string, log: RunLog): Promise<void> {
      const { metrics, params, tags } = checkLog(log, clock.now())
      await write(async (tx) => {
        await findActive(tx, project, id)
        await addMetrics(
          tx,
          metrics.map((metric) => ({ run: id, ...metric })),
        )
        const wanted = new Map(params.map(({ key, value }) => [key, value]))
        for (const { key, value } of await store.addParams(tx, id, params))
          if (wanted.get(key) !== value)
            throw new AppError(
              'invalid',
              `Changing param values is not allowed. Param with key='${key}' was already logged with value='${value}' for run ID='${id}'. Attempted logging new value '${wanted.get(key)}'.`,
              { hint: 'Start another run for another value; nested runs keep them together.' },
            )
        await logToModels(tx, { project, run: id }, log.modelMetrics ?? [])
        await store.setTags(tx, id, tags)
        const name = tags.findLast(({ key }) => key === nameTag)
        if (name) await store.updateRun(tx, id, { name: name.value })
      })
    },

    async deleteTag(project: string, id: string, key: string): Promise<void> {
      await write(async (tx) => {
        await findActive(tx, project, id)
        const deleted = await store.deleteTag(tx, id, key)
        if (!deleted) throw new AppError('not_found', `No tag with name: ${key} in run with id ${id}`)
      })
    },

    async remove(project: string, id: string): Promise<void> {
      await write(async (tx) => {
        await find(tx, project, id)
        await store.updateRun(tx, id, { lifecycle: 'deleted', deletedAt: clock.now() })
      })
    },

    async restore(project: string, id: string): Promise<void> {
      await write(async (tx) => {
        await find(tx, project, id)
        await store.updateRun(tx, id, { lifecycle: 'active', deletedAt: null })
      })
    },

    async addInputs(
      project: string,
      id: string,
      inputs: { datasets: readonly DatasetInput[]; models: readonly string[] },
    ) {
      await write(async (tx) => {
        const { experiment } = await findActive(tx, project, id)
        await io.addInputs(tx, { run: id, experiment, ...inputs }, { ids, now: clock.now() })
      })
    },

    async addOutputs(project: string, id: string, models: readonly { model: string; step: number }[]) {
      await write(async (tx) => {
        await findActive(tx, project, id)
        await io.addOutputs(tx, id, models)
      })
    },
  }
}
