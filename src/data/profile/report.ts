import type { Db } from '../../kernel/db/tables.ts'
import type { Commit, CommitProfile, FileDiff, FileProfile } from '../contract.ts'
import { type ProfileRow, profileStore } from '../store.ts'
import { tableFormat } from './table.ts'

const keyOf = ({ digest, format }: { digest: string; format: string }) => `${format}:${digest}`

const toProfile = (path: string, row: ProfileRow): FileProfile => ({
  path,
  digest: row.digest,
  rows: row.rows,
  columns: JSON.parse(row.columns) as FileProfile['columns'],
  ...(row.error === null ? {} : { error: row.error }),
})

/** What is known of the tables that a commit brought. */
export const profileOf = async (
  db: Db,
  commit: Commit,
  changes: readonly FileDiff[],
): Promise<CommitProfile> => {
  const tables = changes.flatMap(({ path, after }) => {
    const format = tableFormat(path)
    return format && after ? [{ path, format, digest: after.digest }] : []
  })
  const rows = await profileStore(db).of([...new Set(tables.map(({ digest }) => digest))])
  const known = new Map(rows.map((row) => [keyOf(row), row]))
  const files = tables.flatMap((table) => {
    const row = known.get(keyOf(table))
    return row ? [toProfile(table.path, row)] : []
  })
  return { state: (await profileStore(db).isDone(commit.id)) ? 'ready' : 'pending', files }
}
