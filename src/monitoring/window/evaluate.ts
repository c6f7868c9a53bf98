import { dirname } from 'node:path'
import { openDuck } from '../duckdb.ts'
import { allDrift } from './columns.ts'
import type { WindowRequest, WindowResult } from './protocol.ts'
import { allQuality } from './quality.ts'
import { loadRows, writeRows } from './rows.ts'

const notesOn = (request: WindowRequest, rows: number, labelled: number): string[] => [
  ...(rows === 0 ? ['No live row was captured in this window.'] : []),
  ...(rows > 0 && rows < request.minimumRows
    ? [`${rows} live rows are fewer than ${request.minimumRows}: nothing is judged.`]
    : []),
  ...(rows > 0 && labelled === 0 ? ['No labels yet: quality cannot be said.'] : []),
  ...(request.baseline === null ? ['The live version has no baseline: drift cannot be said.'] : []),
]

/** Measures one window of one endpoint: quality by version and role, drift by column, and its rows as Parquet. */
export const evaluateWindow = async (request: WindowRequest): Promise<WindowResult> => {
  const duck = await openDuck({
    files: [...request.segments, ...request.feedback],
    folders: [dirname(request.output)],
    spill: request.spill,
  })
  try {
    const loaded = await loadRows(duck, request)
    const { method, limit, nulls, columns } = request.drift
    const { drift, notes } = request.baseline
      ? await allDrift(duck, request.baseline, {
          columns,
          rules: { method, limit, nulls, minimumRows: request.minimumRows },
        })
      : { drift: [], notes: [] }
    const quality = await allQuality(duck)
    await writeRows(duck, request.output)
    return { ...loaded, quality, drift, notes: [...notesOn(request, loaded.rows, loaded.labelled), ...notes] }
  } finally {
    duck.close()
  }
}
