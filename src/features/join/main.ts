/** The step program behind `uses: features/join`: reads step.json, writes rows.parquet, tells what it did on stdout. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { AppError, isAppError } from '../../kernel/errors.ts'
import { openDuck } from '../duckdb.ts'
import { join } from './join.ts'
import { readJob } from './step.ts'

const main = async () => {
  const stepPath = process.env['ESTEIRA_STEP']
  if (stepPath === undefined)
    throw new AppError('invalid', 'ESTEIRA_STEP is not set.', {
      hint: 'The platform starts this program as a step.',
    })
  const job = await readJob(stepPath)
  const inputs = [...job.tables, ...job.views].flatMap(({ files }) => files)
  const spill = await mkdtemp(joinPath(tmpdir(), 'esteira-join-'))
  const duck = await openDuck({ paths: [...inputs, job.output], spill })
  try {
    const report = await join(duck, job)
    const lines = report.views.map(
      ({ view, matched }) => `${view}: ${matched} of ${report.rows} rows have features`,
    )
    process.stdout.write([`${report.rows} rows`, ...lines, ''].join('\n'))
  } finally {
    duck.close()
    await rm(spill, { recursive: true, force: true })
  }
}

try {
  await main()
} catch (error) {
  const text = isAppError(error)
    ? [error.message, error.hint].filter((line) => line !== undefined).join('\n')
    : String(error)
  process.stderr.write(`${text}\n`)
  process.exitCode = 1
}
