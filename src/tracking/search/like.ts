import { type QueryExecutorProvider, type RawBuilder, sql, SqliteAdapter } from 'kysely'

export type Like = (column: RawBuilder<unknown>, pattern: string, caseMatters: boolean) => RawBuilder<boolean>

const glob = (pattern: string): string =>
  pattern
    .replaceAll(/[*?[]/g, (mark) => `[${mark}]`)
    .replaceAll('%', '*')
    .replaceAll('_', '?')

/** SQLite's LIKE ignores case, PostgreSQL's does not; this is the one place that knows. */
export const likeOf = (db: QueryExecutorProvider): Like => {
  const isSqlite = db.getExecutor().adapter instanceof SqliteAdapter
  return (column, pattern, caseMatters) => {
    if (!caseMatters) return sql<boolean>`lower(${column}) like lower(${pattern})`
    return isSqlite ? sql<boolean>`${column} glob ${glob(pattern)}` : sql<boolean>`${column} like ${pattern}`
  }
}
