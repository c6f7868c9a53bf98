import { AppError } from '../kernel/errors.ts'
import { type ColumnType, type Duck, identifier, list } from './duckdb.ts'
import type { FeatureType } from './contract.ts'
import { formatOf } from './files.ts'
import type { ViewDefinition } from './view.ts'

/** The table function over some files, in the given order. A file without an extension, as steps write them, is read as Parquet. `what` names them in errors. */
export const tableOf = (what: string, files: readonly string[]): string => {
  const formats = new Set(files.map((file) => formatOf(file) ?? 'parquet'))
  const [format] = formats
  if (format === undefined || formats.size !== 1)
    throw new AppError(
      'invalid',
      `${what} ${files.length === 0 ? 'holds no Parquet or CSV files' : 'mixes formats'}.`,
      {
        hint: 'Narrow the path until it names Parquet files only, or CSV files only.',
      },
    )
  return format === 'parquet'
    ? `read_parquet(${list(files)}, union_by_name = true)`
    : `read_csv(${list(files)}, union_by_name = true, header = true)`
}

export const columnOf = (columns: readonly ColumnType[], name: string, where: string): ColumnType => {
  const column = columns.find((column) => column.name === name)
  if (column) return column
  throw new AppError('invalid', `${where} has no column ${name}.`, {
    hint: `It has ${columns.map((column) => column.name).join(', ')}.`,
  })
}

const isNumber = (type: string) => /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL)/.test(type)
const isText = (type: string) => type === 'VARCHAR' || type.startsWith('ENUM')
const kindOf = (type: string) => (isNumber(type) ? 'number' : isText(type) ? 'text' : type)

/** Two keys can be compared when both are numbers, both are text, or both are of one type. */
export const mustCompare = (left: ColumnType & { of: string }, right: ColumnType & { of: string }): void => {
  if (kindOf(left.type) === kindOf(right.type)) return
  throw new AppError(
    'invalid',
    `${left.of} has ${left.name} as ${left.type}, but ${right.of} has ${right.name} as ${right.type}.`,
    { hint: 'Give both the same type, for example with a cast in the SQL.' },
  )
}

/** A column as a moment: a time without a zone is UTC, text is read as ISO 8601. */
export const momentOf = (column: ColumnType, where: string): string => {
  const name = identifier(column.name)
  if (/^(TIMESTAMP|DATE$|VARCHAR$)/.test(column.type)) {
    const plain =
      column.type === 'VARCHAR' || column.type === 'TIMESTAMP WITH TIME ZONE'
        ? name
        : `cast(${name} as timestamp)`
    return `cast(${plain} as timestamptz)`
  }
  throw new AppError('invalid', `${where} has ${column.name} as ${column.type}; a time is needed.`, {
    hint: 'Write it as a timestamp, a date or ISO 8601 text.',
  })
}

/** NaN and infinity become null: JSON has neither, and training must see what serving will see. */
const valueOf = (name: string, type: FeatureType): string => {
  const column = identifier(name)
  const cast = { number: 'double', string: 'varchar', boolean: 'boolean' }[type]
  const value = `cast(${column} as ${cast})`
  return type === 'number' ? `case when isfinite(${value}) then ${value} end` : value
}

export type Source = { from: string; key: ColumnType; columns: ColumnType[] }

/** Opens a view's files and checks that they have the columns which the view declares. */
export const openSource = async (
  duck: Duck,
  view: ViewDefinition,
  files: readonly string[],
): Promise<Source> => {
  const where = `Feature view ${view.name}`
  const from = tableOf(`${where} (${view.path} of ${view.repository})`, files)
  const columns = await duck.columns(from)
  const needed = [view.timestamp, view.created, ...Object.keys(view.features)].filter(
    (name) => name !== undefined,
  )
  for (const name of needed) columnOf(columns, name, where)
  return { from, key: columnOf(columns, view.entity, where), columns }
}

/**
 * The rows of a view, one for each key and time: of several, the one written last; where that ties too, or is not
 * declared, the first in the order of the values, so that the answer does not depend on the order of the files.
 * Columns: __key, __at (null for a view without a timestamp), and the features.
 */
export const distinctRows = (
  view: ViewDefinition,
  source: Source,
  options: { latest: boolean; where?: string },
): string => {
  const moment = (name: string | undefined) =>
    name === undefined
      ? 'cast(null as timestamptz)'
      : momentOf(columnOf(source.columns, name, view.name), `Feature view ${view.name}`)
  const features = Object.entries(view.features)
  const names = features.map(([name]) => identifier(name))
  const partition = options.latest ? '__key' : '__key, __at'
  const filters = [
    '__key is not null',
    ...(view.timestamp === undefined ? [] : ['__at is not null', 'isfinite(__at)']),
    ...(options.where === undefined ? [] : [options.where]),
  ]
  return `
    select __key, __at, ${names.join(', ')}
    from (
      select ${identifier(view.entity)} as __key, ${moment(view.timestamp)} as __at, ${moment(view.created)} as __written,
        ${features.map(([name, type]) => `${valueOf(name, type)} as ${identifier(name)}`).join(', ')}
      from ${source.from}
    )
    where ${filters.join(' and ')}
    qualify row_number() over (
      partition by ${partition}
      order by __at desc nulls last, __written desc nulls last, ${names.map((name) => `${name} asc nulls last`).join(', ')}
    ) = 1`
}
