import type { Comparison, StepStatus, Why } from './contract.ts'
import { differences, type CacheParts, type Difference } from './cache/key.ts'
import type { RunRecord } from './run.store.ts'
import { outputsIn } from './views.ts'
import type { StepRow } from './tables.ts'

type Side = { id: string; steps: readonly StepRow[] }

const hasResult = (row: StepRow) => row.status === 'succeeded' || row.status === 'cached'

const compareOutputs = (here: StepRow, there: StepRow) => {
  const [mine, theirs] = [outputsIn(here), outputsIn(there)]
  return [...new Set([...Object.keys(mine), ...Object.keys(theirs)])].map((output) => ({
    output,
    equal: mine[output]?.digest === theirs[output]?.digest,
    here: mine[output]?.digest ?? null,
    there: theirs[output]?.digest ?? null,
  }))
}

/** Two runs side by side, step by step, by the digests of what the steps made. */
export const compareRuns = (here: Side, there: Side): Comparison => {
  const names = [...new Set([...here.steps, ...there.steps].map(({ name }) => name))]
  const steps = names.map((step): Comparison['steps'][number] => {
    const mine = here.steps.find(({ name }) => name === step)
    const theirs = there.steps.find(({ name }) => name === step)
    if (!mine || !theirs) return { step, verdict: mine ? 'only here' : 'only there', outputs: [] }
    if (!hasResult(mine) || !hasResult(theirs)) return { step, verdict: 'not comparable', outputs: [] }
    const outputs = compareOutputs(mine, theirs)
    return { step, verdict: outputs.every(({ equal }) => equal) ? 'equal' : 'different', outputs }
  })
  const common = steps.filter(({ verdict }) => verdict !== 'only here' && verdict !== 'only there')
  const equal = common.length > 0 && common.every(({ verdict }) => verdict === 'equal')
  return { equal, run: here.id, other: there.id, steps }
}

const partsIn = (row: StepRow | undefined): CacheParts | undefined =>
  row?.cacheParts ? (JSON.parse(row.cacheParts) as CacheParts) : undefined

const said = (value: unknown) =>
  value === null ? 'nothing' : typeof value === 'string' ? value : JSON.stringify(value)

const ofDifference = ({ path, here, there }: Difference) =>
  `${path} differs: ${said(here)} here, ${said(there)} there.`

type Asked = { record: RunRecord; row: StepRow; other: { id: string; row: StepRow | undefined } | undefined }

const explain = ({ record, row, other }: Asked, found: readonly Difference[]): string => {
  const task = record.plan.tasks.find(({ name }) => name === row.name)
  const [first] = found
  if (row.status === 'cached')
    return `Its command, code, environment, parameters and inputs equal those of run ${row.cachedFrom}, so its outputs were taken.`
  if (task?.component.kind === 'builtin' && row.cacheKey === null && hasResult(row))
    return 'It acts on the platform, so it is done each time.'
  if (!record.useCache) return 'The run was started without the cache.'
  if (task?.cache === false)
    return 'The step is declared without the cache, or has no outputs that could be taken.'
  if (row.cacheKey === null) return 'The step has not come to start yet.'
  if (!other?.row) return 'There is no earlier run of this step to take outputs from.'
  if (first) return `It had to run, because ${ofDifference(first)}`
  const status = other.row.status as StepStatus
  if (!hasResult(other.row))
    return `Nothing differs from run ${other.id}, but there the step is ${status}, so there was nothing to take.`
  return `Nothing differs from run ${other.id}: its outputs were not there yet, or were deleted since.`
}

/** Why a step ran, or did not have to. */
export const explainStep = (asked: Asked): Why => {
  const [here, there] = [partsIn(asked.row), partsIn(asked.other?.row)]
  const found = here && there ? differences(here, there) : []
  return {
    step: asked.row.name,
    run: asked.record.id,
    other: asked.other?.id ?? null,
    hit: asked.row.status === 'cached',
    explanation: explain(asked, found),
    differences: found,
  }
}
