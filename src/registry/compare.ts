import type { Comparison, ModelVersion } from './schemas.ts'

/** Two versions side by side. Pure. */
type Value = string | number | null
type File = { path: string; digest: string }

const difference = (a: Value, b: Value) => ({ a, b, same: a === b })

const sides = <T>(a: Readonly<Record<string, T>>, b: Readonly<Record<string, T>>): string[] =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()

const factsOf = (version: ModelVersion): Record<string, Value> => ({
  code: version.lineage.code,
  environment: version.lineage.environment,
  baseline: version.baseline,
  format: version.format,
  signature: version.signature === null ? null : JSON.stringify(version.signature),
  ...Object.fromEntries(
    Object.entries(version.lineage.commits).map(([input, { repository, commit }]) => [
      `data.${input}`,
      `${repository}@${commit}`,
    ]),
  ),
})

const together = (a: Readonly<Record<string, Value>>, b: Readonly<Record<string, Value>>) =>
  Object.fromEntries(sides(a, b).map((name) => [name, difference(a[name] ?? null, b[name] ?? null)]))

const changeOf = (a: string | undefined, b: string | undefined) =>
  a === undefined ? 'added' : b === undefined ? 'removed' : a === b ? 'same' : 'changed'

const fileChanges = (a: readonly File[], b: readonly File[]): Comparison['files'] => {
  const [before, after] = [a, b].map((files) => new Map(files.map(({ path, digest }) => [path, digest])))
  const paths = [...new Set([...a, ...b].map(({ path }) => path))].sort()
  return paths.map((path) => ({ path, change: changeOf(before?.get(path), after?.get(path)) }))
}

export const compare = (
  a: ModelVersion & { all: File[] },
  b: ModelVersion & { all: File[] },
): Comparison => ({
  a: a.version,
  b: b.version,
  metrics: together(a.metrics, b.metrics),
  facts: together(factsOf(a), factsOf(b)),
  files: fileChanges(a.all, b.all),
})
