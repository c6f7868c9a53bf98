import type { Columns } from '../model/tensors.ts'
import type { Fallback } from '../attempt.ts'
import type { LoadedVariant } from '../route.ts'

export type Captured = {
  id: string
  row: number
  at: number
  eventTime: string | undefined
  by: LoadedVariant
  columns: Columns
  values?: Float64Array
  error?: string
  fallback?: Fallback | undefined
  latencyMs: number
}

const inputsOf = ({ values }: Columns, row: number): Record<string, unknown> => {
  const inputs: Record<string, unknown> = {}
  for (const [column, cells] of values) inputs[column] = cells[row] ?? null
  return inputs
}

/** One row that one variant answered. A shadow's line repeats the id of the live one and leaves the inputs to it. */
export const captureLine = ({
  id,
  row,
  at,
  eventTime,
  by,
  columns,
  values,
  error,
  fallback,
  latencyMs,
}: Captured): string => {
  const { name, role, release, version } = by.variant
  return JSON.stringify({
    id,
    at,
    ...(eventTime === undefined ? {} : { eventTime: columns.values.get(eventTime)?.[row] ?? null }),
    variant: name,
    role,
    release: String(release),
    version,
    inputs: role === 'shadow' ? {} : inputsOf(columns, row),
    output: values?.[row] ?? null,
    latencyMs: Math.round(latencyMs * 1000) / 1000,
    ...(error === undefined ? {} : { error }),
    ...(fallback === undefined ? {} : { fallback }),
  })
}
