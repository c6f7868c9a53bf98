/** What the profile program is asked and what it answers, as JSON over its standard input and output. */
export type TableFormat = 'parquet' | 'csv' | 'tsv'
export type ProfileTask = { digest: string; format: TableFormat; path: string }
export type TableProfile = {
  digest: string
  format: TableFormat
  rows: number | null
  columns: { name: string; type: string }[]
  error: string | null
}

export const tableFormat = (path: string): TableFormat | undefined => {
  const extension = /\.([a-z]+)$/i.exec(path)?.[1]?.toLowerCase()
  return extension === 'parquet' || extension === 'csv' || extension === 'tsv' ? extension : undefined
}
