export type Turns = { take: <T>(job: () => Promise<T>) => Promise<T> }

/** One after the other: a measured window may take all the memory it is allowed, so two are never measured at once. */
export const createTurns = (): Turns => {
  let last: Promise<unknown> = Promise.resolve()
  return {
    take: (job) => {
      const mine = last.then(job)
      last = mine.catch(() => {})
      return mine
    },
  }
}
