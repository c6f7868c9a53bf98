import type { Ids } from '../kernel/ids.ts'
import type { Db, Tx } from '../kernel/db/tables.ts'
import type { DatasetInput } from './schemas.ts'
import { at } from './tables.ts'

/** The tag of an input that says what the data was used for: training, validation … */
const contextTag = 'mlflow.data.context'

const keepDataset = async (
  tx: Tx,
  experiment: string,
  dataset: DatasetInput & { id: string },
): Promise<string> => {
  const { id, name, digest, sourceType, source } = dataset
  await at(tx)
    .insertInto('trackingDataset')
    .values({
      id,
      experiment,
      name,
      digest,
      sourceType,
      source,
      schema: dataset.schema ?? null,
      profile: dataset.profile ?? null,
    })
    .onConflict((conflict) => conflict.columns(['experiment', 'name', 'digest']).doNothing())
    .execute()
  const kept = await at(tx)
    .selectFrom('trackingDataset')
    .select('id')
    .where('experiment', '=', experiment)
    .where('name', '=', name)
    .where('digest', '=', digest)
    .executeTakeFirstOrThrow()
  return kept.id
}

export type Inputs = {
  run: string
  experiment: string
  datasets: readonly DatasetInput[]
  models: readonly string[]
}

export const addInputs = async (
  tx: Tx,
  { run, experiment, datasets, models }: Inputs,
  { ids, now }: { ids: Ids; now: number },
) => {
  for (const given of datasets) {
    const dataset = await keepDataset(tx, experiment, { ...given, id: ids('dset') })
    const context = given.tags[contextTag] ?? null
    await at(tx)
      .insertInto('trackingInput')
      .values({ run, dataset, context, tags: JSON.stringify(given.tags), at: now })
      .onConflict((conflict) => conflict.columns(['run', 'dataset']).doNothing())
      .execute()
  }
  for (const model of models)
    await at(tx)
      .insertInto('trackingModelInput')
      .values({ run, model })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
}

export const addOutputs = async (tx: Tx, run: string, models: readonly { model: string; step: number }[]) => {
  for (const { model, step } of models)
    await at(tx)
      .insertInto('trackingModelOutput')
      .values({ run, model, step })
      .onConflict((conflict) => conflict.columns(['run', 'model']).doUpdateSet({ step }))
      .execute()
}

export type RunIo = {
  inputs: DatasetInput[]
  modelInputs: string[]
  modelOutputs: { model: string; step: number }[]
}

const readDatasets = (db: Db, runs: readonly string[]) =>
  at(db)
    .selectFrom('trackingInput as i')
    .innerJoin('trackingDataset as d', 'd.id', 'i.dataset')
    .select(['i.run', 'i.tags', 'd.name', 'd.digest', 'd.sourceType', 'd.source', 'd.schema', 'd.profile'])
    .where('i.run', 'in', [...runs])
    .orderBy('i.at')
    .orderBy('d.id')
    .execute()

export const ioOfRuns = async (db: Db, runs: readonly string[]): Promise<Map<string, RunIo>> => {
  const found = new Map<string, RunIo>(
    runs.map((run) => [run, { inputs: [], modelInputs: [], modelOutputs: [] }]),
  )
  if (runs.length === 0) return found
  for (const { run, tags, schema, profile, ...dataset } of await readDatasets(db, runs))
    found.get(run)?.inputs.push({
      ...dataset,
      ...(schema === null ? {} : { schema }),
      ...(profile === null ? {} : { profile }),
      tags: JSON.parse(tags) as Record<string, string>,
    })
  const inputs = at(db)
    .selectFrom('trackingModelInput')
    .selectAll()
    .where('run', 'in', [...runs])
  for (const { run, model } of await inputs.execute()) found.get(run)?.modelInputs.push(model)
  const outputs = at(db)
    .selectFrom('trackingModelOutput')
    .selectAll()
    .where('run', 'in', [...runs])
  for (const { run, model, step } of await outputs.orderBy('step').execute())
    found.get(run)?.modelOutputs.push({ model, step })
  return found
}
