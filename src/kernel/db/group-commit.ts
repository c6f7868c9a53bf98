import type { Db, Tx } from './tables.ts'

type Job = {
  run: (tx: Tx) => Promise<unknown>
  resolve: (value: never) => void
  reject: (reason: unknown) => void
}

/** At most so many jobs share a commit: bounds what one failed commit takes with it. */
const batchSize = 256

export type Write = <T>(job: (tx: Tx) => Promise<T>) => Promise<T>

/**
 * Group commit for a database with one writer. One durable commit costs an fsync (about 3 ms here, so ~300 a second);
 * jobs that arrive while a commit is under way wait in a queue and share the next one, each in a savepoint of its own,
 * so that one that throws takes nothing with it. A job resolves only after the commit that holds it: acknowledged is durable.
 */
export const groupCommit = (db: Db): { write: Write; idle: () => Promise<void> } => {
  let queue: Job[] = []
  let draining: Promise<void> | undefined

  const runInSavepoint = async (tx: Awaited<ReturnType<typeof begin>>, job: Job) => {
    await tx.savepoint('job').execute()
    try {
      const value = await job.run(tx)
      await tx.releaseSavepoint('job' as never).execute()
      return () => job.resolve(value as never)
    } catch (error) {
      await tx.rollbackToSavepoint('job' as never).execute()
      return () => job.reject(error)
    }
  }

  const begin = () => db.startTransaction().execute()

  const commit = async (batch: Job[]) => {
    const settle: (() => void)[] = []
    try {
      const tx = await begin()
      try {
        for (const job of batch) settle.push(await runInSavepoint(tx, job))
        await tx.commit().execute()
      } catch (error) {
        if (!tx.isCommitted && !tx.isRolledBack) await tx.rollback().execute()
        throw error
      }
      for (const tell of settle) tell()
    } catch (error) {
      for (const job of batch) job.reject(error)
    }
  }

  const drain = async () => {
    while (queue.length > 0) {
      // What becomes ready in this turn of the event loop still joins.
      await new Promise(setImmediate)
      const batch = queue.slice(0, batchSize)
      queue = queue.slice(batchSize)
      await commit(batch)
    }
    draining = undefined
  }

  return {
    write: (run) =>
      new Promise((resolve, reject) => {
        queue.push({ run, resolve, reject })
        draining ??= drain()
      }),
    idle: async () => draining,
  }
}
