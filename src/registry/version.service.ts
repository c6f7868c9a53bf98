import { treeFiles } from '../kernel/blobs/tree.ts'
import type { Principal } from '../kernel/auth/principal.ts'
import type { Db, Tx } from '../kernel/db/tables.ts'
import { AppError } from '../kernel/errors.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { checkFilePath, mediaTypeOf } from '../tracking/index.ts'
import { aliasMoved, versionDeleted } from './contract.ts'
import { findModel, updateModel } from './model.store.ts'
import type { ModelVersion } from './schemas.ts'
import { type Search, searchVersions } from './search.ts'
import { isSealIntact } from './seal.ts'
import * as store from './version.store.ts'
import type { VersionRow } from './tables.ts'
import { toVersion } from './view.ts'

export type ActorRef = Pick<Principal, 'kind' | 'id' | 'name'>
type ModelKey = { project: string; model: string }

export const missingModel = (name: string) =>
  new AppError('not_found', `Registered Model with name=${name} not found`, {
    hint: 'List the models of the project with `esteira models list`.',
  })

export const missingVersion = ({ model, version }: { model: string; version: number | string }) =>
  new AppError('not_found', `Model Version (name=${model}, version=${version}) not found`, {
    hint: `List what there is with \`esteira models show ${model}\`.`,
  })

const reserved = (alias: string) =>
  alias.toLowerCase() === 'latest'
    ? "'latest' alias name (case insensitive) is reserved."
    : /^v?\d+$/i.test(alias)
      ? `Version alias name '${alias}' is reserved.`
      : undefined

/** Versions never change once they are made; what changes around them are aliases, tags, description and approval. */
export const versionService = ({ db, write, blobs, ledger, clock, keys }: Kernel) => {
  const mustFindModel = async (source: Db, { project, model }: ModelKey) => {
    const row = await findModel(source, project, model)
    if (!row) throw missingModel(model)
    return row
  }

  const mustFind = async (source: Db, key: store.VersionKey): Promise<VersionRow> => {
    const row = await store.findVersion(source, key)
    if (!row) throw missingVersion(key)
    return row
  }

  const complete = async (rows: readonly VersionRow[]): Promise<ModelVersion[]> => {
    const versions: ModelVersion[] = []
    for (const row of rows) {
      const aliases = await store.aliasesOf(db, row)
      versions.push(
        toVersion(row, {
          approvals: await store.approvalsOf(db, row),
          tags: await store.tagsOfVersion(db, row),
          sealIsIntact: isSealIntact(row, keys.publicKey),
          aliases: aliases.filter(({ version }) => version === row.version).map(({ alias }) => alias),
        }),
      )
    }
    return versions
  }

  const get = async (key: store.VersionKey): Promise<ModelVersion> => {
    const [version] = await complete([await mustFind(db, key)])
    if (!version) throw missingVersion(key)
    return version
  }

  const filesOf = async (key: store.VersionKey) => {
    const { files } = await mustFind(db, key)
    return files === null ? [] : treeFiles(blobs, files)
  }

  const tellAlias = (
    tx: Tx,
    key: ModelKey,
    moved: { alias: string; from: number | null; to: number | null; actor: ActorRef },
  ) =>
    ledger.append(tx, {
      event: aliasMoved,
      project: key.project,
      subject: `model/${key.model}`,
      data: { model: key.model, alias: moved.alias, from: moved.from, to: moved.to },
      actor: moved.actor,
    })

  const touch = (tx: Tx, { project, model }: ModelKey) =>
    updateModel(tx, { project, name: model }, { updatedAt: clock.now() })

  return {
    mustFind,
    get,
    filesOf,

    async list(key: ModelKey, page: { before?: number | undefined; limit?: number | undefined } = {}) {
      await mustFindModel(db, key)
      return complete(await store.versionsOf(db, key, page))
    },

    async search(search: Search) {
      const { rows, next } = await searchVersions(db, search)
      return { versions: await complete(rows), next }
    },

    /** The version that a number, an alias or `latest` means; undefined when there is none. */
    async resolve(
      { project, model }: ModelKey,
      reference: string | number,
    ): Promise<ModelVersion | undefined> {
      const text = String(reference)
      if (/^\d+$/.test(text)) {
        const row = await store.findVersion(db, { project, model, version: Number(text) })
        return row && (await complete([row]))[0]
      }
      if (text === 'latest')
        return (await complete(await store.versionsOf(db, { project, model }, { limit: 1 })))[0]
      const found = (await store.aliasesOf(db, { project, model })).find(({ alias }) => alias === text)
      return found && get({ project, model, version: found.version })
    },

    /** Points an alias at a version; one that is not approved can't have any. Pointing it where it points already changes nothing. */
    async setAlias(key: store.VersionKey, alias: string, actor: ActorRef): Promise<void> {
      const fault = reserved(alias)
      if (fault)
        throw new AppError('invalid', fault, { hint: 'Choose another name, for example `champion`.' })
      await write(async (tx) => {
        const row = await mustFind(tx, key)
        if (row.approvalState !== 'approved')
          throw new AppError(
            'conflict',
            `${key.model} ${key.version} is ${row.approvalState}, so it can't become ${alias}.`,
            {
              hint: 'A version needs its approvals before an alias may point at it.',
            },
          )
        const before = (await store.aliasesOf(tx, key)).find((one) => one.alias === alias)
        if (before?.version === key.version) return
        await store.putAlias(tx, { project: key.project, model: key.model, version: key.version, alias })
        await touch(tx, key)
        await tellAlias(tx, key, { alias, from: before?.version ?? null, to: key.version, actor })
      })
    },

    async deleteAlias(key: ModelKey & { alias: string }, actor: ActorRef): Promise<boolean> {
      return write(async (tx) => {
        await mustFindModel(tx, key)
        const removed = await store.removeAlias(tx, key)
        if (!removed) return false
        await touch(tx, key)
        await tellAlias(tx, key, { alias: key.alias, from: removed.version, to: null, actor })
        return true
      })
    },

    async setTag(key: store.VersionKey, tag: { key: string; value: string }): Promise<void> {
      await write(async (tx) => {
        await mustFind(tx, key)
        await store.setVersionTag(tx, {
          project: key.project,
          model: key.model,
          version: key.version,
          ...tag,
        })
        await store.updateVersion(tx, key, { updatedAt: clock.now() })
      })
    },

    async deleteTag(key: store.VersionKey, tag: string): Promise<void> {
      await write(async (tx) => {
        await mustFind(tx, key)
        await store.deleteVersionTag(tx, {
          project: key.project,
          model: key.model,
          version: key.version,
          key: tag,
        })
      })
    },

    async describe(key: store.VersionKey, description: string): Promise<void> {
      await write(async (tx) => {
        await mustFind(tx, key)
        await store.updateVersion(tx, key, { description, updatedAt: clock.now() })
      })
    },

    /** MLflow's stages, for clients that still use them: a label without meaning here. */
    async setStage(key: store.VersionKey, stage: string, archiveOthers: boolean): Promise<void> {
      await write(async (tx) => {
        await mustFind(tx, key)
        const now = clock.now()
        const others = archiveOthers ? await store.versionsOf(tx, key) : []
        for (const other of others)
          if (other.stage === stage && other.version !== key.version)
            await store.updateVersion(tx, other, { stage: 'Archived', updatedAt: now })
        await store.updateVersion(tx, key, { stage, updatedAt: now })
      })
    },

    async remove(key: store.VersionKey, actor: ActorRef): Promise<void> {
      await write(async (tx) => {
        await mustFind(tx, key)
        for (const { alias, version } of await store.aliasesOf(tx, key)) {
          if (version !== key.version) continue
          await store.removeAlias(tx, { project: key.project, model: key.model, alias })
          await tellAlias(tx, key, { alias, from: version, to: null, actor })
        }
        await store.updateVersion(tx, key, { deletedAt: clock.now() })
        await ledger.append(tx, {
          event: versionDeleted,
          project: key.project,
          subject: `model/${key.model}/${key.version}`,
          data: { model: key.model, version: key.version },
          actor,
        })
      })
    },

    async openFile(key: store.VersionKey, path: string) {
      const checked = checkFilePath(path)
      const file = (await filesOf(key)).find((one) => one.path === checked)
      if (!file) throw new AppError('not_found', `${key.model} ${key.version} has no file ${path}.`)
      return {
        stream: await blobs.get(file.digest),
        type: mediaTypeOf(path),
        path: file.path,
        digest: file.digest,
        sizeBytes: file.sizeBytes,
      }
    },

    async candidates(key: ModelKey, query: store.CandidateQuery) {
      await mustFindModel(db, key)
      return store.candidatesOf(db, key, query)
    },
  }
}
export type VersionService = ReturnType<typeof versionService>
