import type { Static, TSchema } from '@sinclair/typebox'
import { digestOf } from '../blobs/folder.ts'
import type { Principal } from '../auth/principal.ts'
import type { Clock } from '../clock.ts'
import { type Definition, event, Name, Type } from '../contract.ts'
import type { Db, KernelTables, Tx } from '../db/tables.ts'
import { AppError } from '../errors.ts'
import type { Ledger } from '../ledger/ledger.ts'

const DefinitionChange = Type.Object({
  kind: Type.String(),
  name: Name,
  version: Type.Integer(),
  digest: Type.String(),
})

export const definitionApplied = event({
  type: 'definition.applied',
  summary: 'A part of the project file has a new version.',
  data: DefinitionChange,
})
export const definitionRemoved = event({
  type: 'definition.removed',
  summary: 'A part of the project file is gone; its versions are kept.',
  data: DefinitionChange,
})

export type StoredDefinition<Body = unknown> = {
  name: string
  version: number
  digest: string
  body: Body
  createdAt: number
  createdBy: { id: string; name: string }
}

export type Definitions = {
  get<S extends TSchema>(
    project: string,
    declared: Definition<S>,
    name: string,
  ): Promise<StoredDefinition<Static<S>> | undefined>
  list<S extends TSchema>(project: string, declared: Definition<S>): Promise<StoredDefinition<Static<S>>[]>
  at<S extends TSchema>(
    project: string,
    declared: Definition<S>,
    version: { name: string; version: number },
  ): Promise<StoredDefinition<Static<S>> | undefined>
  projects(): Promise<string[]>
  /** Writes a new version when the body differs from the current one. Only `apply` calls this. */
  put(
    tx: Tx,
    change: { project: string; kind: string; name: string; body: unknown; actor: Principal },
  ): Promise<StoredDefinition>
  remove(tx: Tx, change: { project: string; kind: string; name: string; actor: Principal }): Promise<void>
}

type Row = KernelTables['definition']

const toStored = (row: Row): StoredDefinition<never> => ({
  name: row.name,
  version: row.version,
  digest: row.digest,
  body: JSON.parse(row.body) as never,
  createdAt: row.createdAt,
  createdBy: { id: row.createdById, name: row.createdByName },
})

const sortKeys = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sortKeys(inner)]),
  )
}

/** The text under which a body is stored and digested: keys sorted, so that moving lines in the file is no change. Steps of a pipeline name their order by references, not by place. */
export const canonicalBody = (body: unknown): string => JSON.stringify(sortKeys(body))

type Deps = { db: Db; ledger: Ledger; clock: Clock }

/** Versioned, immutable bodies of what `esteira.yaml` declares: one mechanism for all rooms. */
export const createDefinitions = ({ db, ledger, clock }: Deps): Definitions => {
  const current = (source: Db, project: string, kind: string) =>
    source
      .selectFrom('definition')
      .selectAll()
      .where('project', '=', project)
      .where('kind', '=', kind)
      .where('isCurrent', '=', 1)
  const latest = (tx: Tx, { project, kind, name }: { project: string; kind: string; name: string }) =>
    tx
      .selectFrom('definition')
      .selectAll()
      .where('project', '=', project)
      .where('kind', '=', kind)
      .where('name', '=', name)
      .orderBy('version', 'desc')
      .limit(1)
      .executeTakeFirst()
  const retire = (tx: Tx, { project, kind, name }: { project: string; kind: string; name: string }) =>
    tx
      .updateTable('definition')
      .set({ isCurrent: 0 })
      .where('project', '=', project)
      .where('kind', '=', kind)
      .where('name', '=', name)
      .execute()

  return {
    async get(project, declared, name) {
      const row = await current(db, project, declared.kind).where('name', '=', name).executeTakeFirst()
      return row && toStored(row)
    },
    async list(project, declared) {
      return (await current(db, project, declared.kind).orderBy('name').execute()).map(toStored)
    },
    async at(project, declared, { name, version }) {
      const row = await db
        .selectFrom('definition')
        .selectAll()
        .where('project', '=', project)
        .where('kind', '=', declared.kind)
        .where('name', '=', name)
        .where('version', '=', version)
        .executeTakeFirst()
      return row && toStored(row)
    },
    async projects() {
      const rows = await db
        .selectFrom('definition')
        .select('project')
        .distinct()
        .where('isCurrent', '=', 1)
        .orderBy('project')
        .execute()
      return rows.map((row) => row.project)
    },
    async put(tx, { project, kind, name, body, actor }) {
      const text = canonicalBody(body)
      const digest = digestOf(text)
      const before = await latest(tx, { project, kind, name })
      if (before?.isCurrent === 1 && before.digest === digest) return toStored(before)
      await retire(tx, { project, kind, name })
      const row: Row = {
        project,
        kind,
        name,
        version: (before?.version ?? 0) + 1,
        digest,
        body: text,
        createdAt: clock.now(),
        createdById: actor.id,
        createdByName: actor.name,
        isCurrent: 1,
      }
      await tx.insertInto('definition').values(row).execute()
      await ledger.append(tx, {
        event: definitionApplied,
        project,
        subject: `${kind}/${name}`,
        data: { kind, name, version: row.version, digest },
        actor,
      })
      return toStored(row)
    },
    async remove(tx, { project, kind, name, actor }) {
      const before = await latest(tx, { project, kind, name })
      if (before?.isCurrent !== 1)
        throw new AppError('not_found', `There is no ${kind} ${name} in project ${project}.`)
      await retire(tx, { project, kind, name })
      await ledger.append(tx, {
        event: definitionRemoved,
        project,
        subject: `${kind}/${name}`,
        data: { kind, name, version: before.version, digest: before.digest },
        actor,
      })
    },
  }
}
