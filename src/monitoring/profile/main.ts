/** The built-in step `monitoring/profile`: rows (Parquet) in, baseline (JSON) out. Runs as a step process, never in the server. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isAppError } from '../../kernel/errors.ts'
import { profileRows } from './profile.ts'

type Step = {
  parameters: Record<string, unknown>
  inputs: Record<string, { path: string }>
  outputs: Record<string, { path: string }>
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined
const names = (value: unknown): string[] => {
  if (Array.isArray(value)) return value.map(String)
  return (text(value) ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

const main = async (): Promise<void> => {
  const file = process.env['ESTEIRA_STEP']
  if (file === undefined)
    throw new Error('ESTEIRA_STEP is not set: this program runs as a step of a pipeline.')
  const step: Step = JSON.parse(await readFile(file, 'utf8'))
  const [rows, baseline] = [step.inputs['rows'], step.outputs['baseline']]
  if (!rows || !baseline)
    throw new Error('monitoring/profile needs an input `rows` and an output `baseline: json`.')
  const spill = await mkdtemp(join(tmpdir(), 'esteira-profile-'))
  try {
    const profile = await profileRows({
      rows: rows.path,
      spill,
      label: text(step.parameters['label']),
      prediction: text(step.parameters['prediction']),
      ignore: names(step.parameters['ignore']),
    })
    await writeFile(baseline.path, `${JSON.stringify(profile)}\n`)
    process.stdout.write(`${profile.rows} rows, ${profile.columns.length} columns profiled\n`)
  } finally {
    await rm(spill, { recursive: true, force: true })
  }
}

try {
  await main()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  if (isAppError(error) && error.hint !== undefined) process.stderr.write(`${error.hint}\n`)
  process.exitCode = 1
}
