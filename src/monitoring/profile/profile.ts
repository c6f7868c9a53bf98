import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../kernel/errors.ts'
import { type Duck, identifier, literal, numberAt, openDuck } from '../duckdb.ts'
import type { Baseline } from '../schemas.ts'
import { profileColumn, typeOf } from './column.ts'

export type ProfileRequest = {
  /** A Parquet file, or a folder of them. */
  rows: string
  /** Folder for what does not fit into memory. */
  spill: string
  label?: string | undefined
  prediction?: string | undefined
  ignore: readonly string[]
}

const open = async (request: ProfileRequest): Promise<{ duck: Duck; source: string }> => {
  const isFolder = (await stat(request.rows)).isDirectory()
  const source = isFolder ? join(request.rows, '**', '*.parquet') : request.rows
  const allowed = isFolder ? { folders: [request.rows] } : { files: [request.rows] }
  return { duck: await openDuck({ ...allowed, spill: request.spill }), source }
}

const need = (columns: readonly { name: string }[], wanted: string | undefined, role: string): void => {
  if (wanted === undefined || columns.some(({ name }) => name === wanted)) return
  throw new AppError('invalid', `The rows have no column ${wanted}, which is named as ${role}.`, {
    hint: `Columns: ${columns.map(({ name }) => name).join(', ')}.`,
  })
}

/**
 * Profiles the rows a model was trained on: what later windows are compared with. The label is described apart from the columns,
 * and so is the prediction. Equal rows in equal order give equal bytes.
 */
export const profileRows = async (request: ProfileRequest): Promise<Baseline> => {
  const { duck, source } = await open(request)
  try {
    await duck.run(
      `create view source as select * from read_parquet(${literal(source)}, union_by_name = true)`,
    )
    const described = await duck.rows('describe source')
    const all = described.map((row) => ({
      name: String(row['column_name']),
      type: typeOf(String(row['column_type'])),
    }))
    need(all, request.label, 'label')
    need(all, request.prediction, 'prediction')
    // In memory once: each column is read several times.
    const read = all.filter(({ name }) => !request.ignore.includes(name))
    await duck.run(
      `create table rows as select ${read.map(({ name }) => identifier(name)).join(', ')} from source`,
    )
    const columns = []
    for (const { name, type } of read)
      if (name !== request.label && name !== request.prediction)
        columns.push(await profileColumn({ duck, from: 'rows', name }, type))
    const [row] = await duck.rows('select count(*)::double as n from rows')
    return {
      format: 'esteira.baseline/1',
      rows: numberAt(row, 'n') ?? 0,
      columns,
      label: request.label === undefined ? null : await labelOf(duck, request.label),
      prediction:
        request.prediction === undefined
          ? null
          : await profileColumn({ duck, from: 'rows', name: request.prediction }, 'numeric'),
    }
  } finally {
    duck.close()
  }
}

const labelOf = async (duck: Duck, column: string): Promise<Baseline['label']> => {
  const [row] = await duck.rows(
    `select count(${identifier(column)})::double as n, avg(${identifier(column)}::double) as rate from rows`,
  )
  return { column, count: numberAt(row, 'n') ?? 0, rate: numberAt(row, 'rate') ?? null }
}
