import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'

export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`
export const textList = (texts: readonly string[]): string => `[${texts.map(literal).join(', ')}]`
export const numberList = (numbers: readonly number[]): string =>
  `[${numbers.map(String).join(', ')}]::double[]`
/** The path of one key for DuckDB's JSON functions, whatever is in its name. */
export const keyPath = (name: string): string =>
  literal(`$."${name.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`)

export type Row = Record<string, unknown>
export type Duck = {
  run(sql: string): Promise<void>
  rows(sql: string): Promise<Row[]>
  /** By column instead of by row: for results of many lines. */
  columns(sql: string): Promise<Record<string, unknown[]>>
  close(): void
}

const wrap = (connection: DuckDBConnection, close: () => void): Duck => ({
  run: async (sql) => void (await connection.run(sql)),
  rows: async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJS(),
  columns: async (sql) => (await connection.runAndReadAll(sql)).getColumnsObjectJS(),
  close,
})

/**
 * A DuckDB in memory for a child program, which can read and write the given paths and nothing else of the machine.
 * One thread: sums of floats depend on the order of addition, and equal rows must give equal bytes.
 */
export const openDuck = async (allowed: {
  files?: string[]
  folders?: string[]
  spill: string
}): Promise<Duck> => {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '1',
    memory_limit: '2GB',
    temp_directory: allowed.spill,
    preserve_insertion_order: 'true',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  const connection = await instance.connect()
  for (const setting of [
    "set TimeZone = 'UTC'",
    `set allowed_paths = ${textList(allowed.files ?? [])}`,
    `set allowed_directories = ${textList([...(allowed.folders ?? []), allowed.spill])}`,
    'set enable_external_access = false',
    'set lock_configuration = true',
  ])
    await connection.run(setting)
  return wrap(connection, () => {
    connection.closeSync()
    instance.closeSync()
  })
}

/** A figure of a row. Counts come as double, so that no BigInt meets JSON. */
export const numberAt = (row: Row | undefined, key: string): number | undefined => {
  const value = row?.[key]
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}
