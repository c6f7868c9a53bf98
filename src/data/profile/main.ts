/** The program that looks into data files: DuckDB runs here and never in the server. Tasks on stdin, profiles on stdout. */
import { text } from 'node:stream/consumers'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import type { ProfileTask, TableProfile } from './table.ts'

const literal = (value: string) => `'${value.replaceAll("'", "''")}'`

const sourceOf = ({ path, format }: ProfileTask) => {
  if (format === 'parquet') return `read_parquet(${literal(path)})`
  return `read_csv(${literal(path)}, header = true${format === 'tsv' ? ", delim = '\\t'" : ''})`
}

const profile = async (connection: DuckDBConnection, task: ProfileTask): Promise<TableProfile> => {
  const { digest, format } = task
  const from = sourceOf(task)
  const described = await connection.runAndReadAll(`describe select * from ${from}`)
  const columns = described.getRowObjectsJS().map((row) => ({
    name: row['column_name'] as string,
    type: row['column_type'] as string,
  }))
  const counted = await connection.runAndReadAll(`select count(*) as n from ${from}`)
  return { digest, format, rows: Number(counted.getRowObjectsJS()[0]?.['n']), columns, error: null }
}

const main = async (tasks: ProfileTask[]): Promise<TableProfile[]> => {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '1GB' })
  const connection = await instance.connect()
  const paths = tasks.map(({ path }) => literal(path)).join(', ')
  await connection.run(`set allowed_paths = [${paths}]`)
  await connection.run('set enable_external_access = false')
  const profiles: TableProfile[] = []
  for (const task of tasks)
    profiles.push(
      await profile(connection, task).catch((error: Error) => ({
        digest: task.digest,
        format: task.format,
        rows: null,
        columns: [],
        // The first line says it; what follows shows the local path, which means nothing to the reader.
        error: error.message.replaceAll(task.path, 'the file').split('\n')[0] ?? error.message,
      })),
    )
  return profiles
}

process.stdout.write(JSON.stringify(await main(JSON.parse(await text(process.stdin)) as ProfileTask[])))
