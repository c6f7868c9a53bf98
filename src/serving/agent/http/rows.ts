import { AppError } from '../../../kernel/errors.ts'
import type { Columns } from '../model/tensors.ts'
import { signatureColumns, type Signature } from '../../signature.ts'

/** More rows in one request are a batch job, not a prediction. */
export const mostRows = 10_000

const invalid = (message: string, hint?: string): AppError => new AppError('invalid', message, { hint })

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const checkCount = (rows: number): void => {
  if (rows === 0) throw invalid('The request has no rows.')
  if (rows > mostRows)
    throw new AppError(
      'too_large',
      `The request has ${rows} rows; at most ${mostRows} are answered at once.`,
      { hint: 'Send several requests.' },
    )
}

const fromRecords = (records: readonly unknown[]): Columns => {
  checkCount(records.length)
  const names = new Set<string>()
  for (const [row, record] of records.entries()) {
    if (!isObject(record)) throw invalid(`Row ${row} is no object with columns.`)
    for (const name of Object.keys(record)) names.add(name)
  }
  const values = new Map<string, unknown[]>()
  for (const name of names)
    values.set(
      name,
      (records as Record<string, unknown>[]).map((record) => record[name] ?? null),
    )
  return { rows: records.length, values }
}

const fromRows = (names: readonly string[], rows: readonly unknown[]): Columns => {
  checkCount(rows.length)
  for (const [row, cells] of rows.entries()) {
    if (!Array.isArray(cells)) throw invalid(`Row ${row} is no list of values.`)
    if (cells.length !== names.length)
      throw invalid(`Row ${row} has ${cells.length} values for ${names.length} columns.`)
  }
  const values = new Map(
    names.map((name, column) => [name, (rows as unknown[][]).map((cells) => cells[column] ?? null)]),
  )
  return { rows: rows.length, values }
}

const fromColumns = (columns: Record<string, unknown>): Columns => {
  const entries = Object.entries(columns).map(([name, cells]): [string, unknown[]] => [
    name,
    Array.isArray(cells) ? cells : [cells],
  ])
  const rows = entries[0]?.[1].length ?? 0
  checkCount(rows)
  const ragged = entries.find(([, cells]) => cells.length !== rows)
  if (ragged)
    throw invalid(
      `Column "${ragged[0]}" has ${ragged[1].length} values and "${entries[0]?.[0]}" has ${rows}.`,
    )
  return { rows, values: new Map(entries) }
}

const fromSplit = (split: unknown): Columns => {
  const { columns, data } = isObject(split) ? split : {}
  if (!Array.isArray(columns) || !columns.every((name) => typeof name === 'string') || !Array.isArray(data))
    throw invalid('dataframe_split needs "columns" (a list of names) and "data" (a list of rows).')
  const twice = columns.find((name, index) => columns.indexOf(name) !== index)
  if (twice !== undefined) throw invalid(`dataframe_split names the column "${twice}" twice.`)
  return fromRows(columns, data)
}

const fromInstances = (instances: unknown, signature: Signature): Columns => {
  if (isObject(instances)) return fromColumns(instances)
  if (!Array.isArray(instances)) throw invalid('instances must be a list of rows.')
  if (isObject(instances[0])) return fromRecords(instances)
  const names = signatureColumns(signature).map(({ name }) => name)
  return fromRows(
    names,
    names.length === 1 ? instances.map((cell: unknown) => (Array.isArray(cell) ? cell : [cell])) : instances,
  )
}

const forms = ['dataframe_records', 'dataframe_split', 'instances', 'inputs'] as const

/** The four forms of a scoring body that MLflow's and TensorFlow's clients send. Lists without names follow the signature's order. */
export const columnsOf = (body: unknown, signature: Signature): Columns => {
  if (!isObject(body))
    throw invalid('The body must be a JSON object.', `It holds one of ${forms.join(', ')}.`)
  const given = forms.filter((form) => form in body)
  const [form] = given
  if (form === undefined || given.length > 1)
    throw invalid(
      `The body must hold exactly one of ${forms.join(', ')}.`,
      'For example {"dataframe_records": [{"column": 1.5}]}.',
    )
  if (form === 'dataframe_split') return fromSplit(body[form])
  if (form !== 'dataframe_records') return fromInstances(body[form], signature)
  const records = body[form]
  if (!Array.isArray(records)) throw invalid('dataframe_records must be a list of objects.')
  return fromRecords(records)
}
