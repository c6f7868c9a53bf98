export type Slots = {
  /** Waits for a free place, in the order of asking. */
  acquire(id: string): Promise<void>
  /** Takes a place at once: for a process that is there already. */
  occupy(id: string): void
  release(id: string): void
}

/** How many processes run at once. */
export const slotsOf = (limit: number): Slots => {
  const taken = new Set<string>()
  const waiting: { id: string; go: () => void }[] = []
  const next = () => {
    while (taken.size < limit) {
      const first = waiting.shift()
      if (!first) return
      taken.add(first.id)
      first.go()
    }
  }
  return {
    acquire(id) {
      if (taken.has(id)) return Promise.resolve()
      return new Promise((resolve) => {
        waiting.push({ id, go: resolve })
        next()
      })
    },
    occupy: (id) => void taken.add(id),
    release(id) {
      const index = waiting.findIndex((waiter) => waiter.id === id)
      const [abandoned] = index === -1 ? [] : waiting.splice(index, 1)
      abandoned?.go()
      taken.delete(id)
      next()
    },
  }
}
