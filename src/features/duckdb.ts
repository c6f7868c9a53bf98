import { DuckDBInstance, type DuckDBConnection, type JS } from '@duckdb/node-api'

export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`
export const list = (texts: readonly string[]): string => `[${texts.map(literal).join(', ')}]`

export type ColumnType = { name: string; type: string }
export type Duck = {
  run(sql: string): Promise<void>
  rows(sql: string): Promise<Record<string, JS>[]>
  columns(from: string): Promise<ColumnType[]>
  statements(sql: string): Promise<number>
  close(): void
}

const wrap = (connection: DuckDBConnection, close: () => void): Duck => {
  const rows = async (sql: string) => (await connection.runAndReadAll(sql)).getRowObjectsJS()
  return {
    run: async (sql) => {
      await connection.run(sql)
    },
    rows,
    columns: async (from) =>
      (await rows(`describe select * from ${from}`)).map((row) => ({
        name: row['column_name'] as string,
        type: row['column_type'] as string,
      })),
    statements: async (sql) => (await connection.extractStatements(sql)).count,
    close,
  }
}

/**
 * A DuckDB in memory that sees the given files and nothing else of the machine, and cannot be told otherwise from SQL.
 * One thread: sums of floats depend on the order of addition, and equal inputs must give equal bytes.
 */
export const openDuck = async (allowed: { paths: string[]; spill: string }): Promise<Duck> => {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '1',
    memory_limit: '2GB',
    temp_directory: allowed.spill,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  const connection = await instance.connect()
  for (const setting of [
    "set TimeZone = 'UTC'",
    `set allowed_paths = ${list(allowed.paths)}`,
    'set enable_external_access = false',
    'set lock_configuration = true',
  ])
    await connection.run(setting)
  return wrap(connection, () => {
    connection.closeSync()
    instance.closeSync()
  })
}
