import { canonicalBody } from '../kernel/definitions/definitions.ts'
import type { Change } from './contract.ts'

type Field = Change['fields'][number]
export type Body = { kind: string; name: string; body: unknown }

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The leaves in which two bodies differ. */
const differingFields = (before: unknown, after: unknown, path = ''): Field[] => {
  if (canonicalBody(before) === canonicalBody(after)) return []
  if (!isRecord(before) || !isRecord(after))
    return [{ path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }]
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) =>
    differingFields(before[key], after[key], path === '' ? key : `${path}.${key}`),
  )
}

const idOf = ({ kind, name }: Body) => `${kind}/${name}`

/** What must happen so that `current` becomes `wanted`: creations and updates in the file's order, then removals. */
export const changesBetween = (current: readonly Body[], wanted: readonly Body[]): Change[] => {
  const before = new Map(current.map((one) => [idOf(one), one]))
  const after = new Set(wanted.map(idOf))
  const made = wanted.flatMap((one): Change[] => {
    const old = before.get(idOf(one))
    const fields = differingFields(old?.body ?? {}, one.body)
    if (old && fields.length === 0) return []
    return [{ kind: one.kind, name: one.name, action: old ? 'update' : 'create', fields }]
  })
  const removed = current
    .filter((one) => !after.has(idOf(one)))
    .map((one): Change => ({ kind: one.kind, name: one.name, action: 'remove', fields: [] }))
  return [...made, ...removed]
}
