export type Graph = ReadonlyMap<string, readonly string[]>

/** An order in which everything comes after what it needs, as near to the declared order as that allows; what is in a cycle, or needs it, is missing. */
export const ordered = (needs: Graph): string[] => {
  const done = new Set<string>()
  let left = [...needs.keys()]
  for (;;) {
    const next = left.find((name) =>
      (needs.get(name) ?? []).every((need) => done.has(need) || !needs.has(need)),
    )
    if (next === undefined) return [...done]
    done.add(next)
    left = left.filter((name) => name !== next)
  }
}

const cycleFrom = (needs: Graph, start: string): string[] | undefined => {
  const trail: string[] = []
  const seen = new Set<string>()
  const visit = (name: string): string[] | undefined => {
    const at = trail.indexOf(name)
    if (at !== -1) return [...trail.slice(at), name]
    if (seen.has(name)) return undefined
    seen.add(name)
    trail.push(name)
    for (const need of needs.get(name) ?? []) {
      const found = visit(need)
      if (found) return found
    }
    trail.pop()
    return undefined
  }
  return visit(start)
}

/** One cycle for each group of names that need each other in a circle, as a path that ends where it begins. */
export const cycles = (needs: Graph): string[][] => {
  const found: string[][] = []
  const told = new Set<string>()
  for (const name of needs.keys()) {
    if (told.has(name)) continue
    const cycle = cycleFrom(needs, name)
    if (!cycle || cycle.some((member) => told.has(member))) continue
    for (const member of cycle) told.add(member)
    found.push(cycle)
  }
  return found
}
