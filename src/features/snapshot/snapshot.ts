import { type Duck, identifier, literal } from '../duckdb.ts'
import { distinctRows, openSource } from '../source.ts'
import type { SnapshotTask } from './task.ts'

/** A key as text, the same for 1 and 1.0, so that a request may write either. */
const keyText = (type: string): string =>
  /^(FLOAT|DOUBLE|DECIMAL)/.test(type)
    ? 'case when __key = trunc(__key) and abs(__key) < 1e15 then cast(cast(__key as bigint) as varchar) else cast(__key as varchar) end'
    : 'cast(__key as varchar)'

/** Writes the latest row of each key as NDJSON, sorted by the bytes of the key: equal inputs give equal bytes. */
export const writeSnapshot = async (duck: Duck, { view, files, output }: SnapshotTask): Promise<number> => {
  const source = await openSource(duck, view, files)
  const values = Object.keys(view.features).map((name) => `${literal(name)}: ${identifier(name)}`)
  await duck.run(`create table __latest as (${distinctRows(view, source, { latest: true })})`)
  await duck.run(`copy (
      select ${keyText(source.key.type)} as "key", epoch_ms(__at) as "at", {${values.join(', ')}} as "values"
      from __latest order by 1
    ) to ${literal(output)} (format json, use_tmp_file false)`)
  const [counted] = await duck.rows('select count(*) as n from __latest')
  return Number(counted?.['n'])
}
