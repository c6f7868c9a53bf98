/** The program that makes an online snapshot: DuckDB runs here and never in the server. */
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { isAppError, messageOf } from '../../kernel/errors.ts'
import { openDuck } from '../duckdb.ts'
import { writeSnapshot } from './snapshot.ts'
import type { SnapshotReport, SnapshotTask } from './task.ts'

const main = async (task: SnapshotTask): Promise<SnapshotReport> => {
  const duck = await openDuck({
    paths: [...task.files, task.output],
    spill: join(dirname(task.output), 'spill'),
  })
  try {
    return { rows: await writeSnapshot(duck, task) }
  } catch (error) {
    const hint = isAppError(error) ? error.hint : undefined
    return { problem: { message: messageOf(error), ...(hint === undefined ? {} : { hint }) } }
  } finally {
    duck.close()
  }
}

process.stdout.write(JSON.stringify(await main(JSON.parse(await text(process.stdin)) as SnapshotTask)))
