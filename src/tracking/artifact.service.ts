import type { Readable } from 'node:stream'
import { treeOf } from '../kernel/blobs/tree.ts'
import type { Db } from '../kernel/db/tables.ts'
import { AppError } from '../kernel/errors.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { checkFilePath, checkFolderPath, type Listed, listing } from './artifact-path.ts'
import * as store from './artifact.store.ts'
import { findLoggedModel } from './logged-model.store.ts'
import { findRun } from './run.store.ts'
import type { ArtifactRow } from './tables.ts'

export type OpenArtifact = { stream: Readable; sizeBytes: number; digest: string; path: string }

/** Files of runs and logged models: names in a table, bytes in blobs. No path of a client ever reaches a disk. */
export const artifactService = ({ db, write, blobs, clock }: Kernel) => {
  const checkOwner = async (source: Db, project: string, owner: string) => {
    const run = await findRun(source, project, owner)
    if (!run && !(await findLoggedModel(source, project, owner)))
      throw new AppError('not_found', `There is no run or logged model ${owner} in project ${project}.`)
    return run
  }

  const checkWritable = async (source: Db, project: string, owner: string) => {
    const run = await checkOwner(source, project, owner)
    if (run && run.lifecycle !== 'active')
      throw new AppError(
        'invalid',
        `The run ${owner} must be in the 'active' state. Current state is ${run.lifecycle}.`,
      )
  }

  const filesBelow = async (owner: string, folder: string): Promise<ArtifactRow[]> => {
    const files = await store.artifactsOf(db, owner)
    return folder === ''
      ? files
      : files.filter(({ path }) => path === folder || path.startsWith(`${folder}/`))
  }

  return {
    owns: async (project: string, owner: string): Promise<boolean> =>
      (await findRun(db, project, owner)) !== undefined ||
      (await findLoggedModel(db, project, owner)) !== undefined,

    /** Stores a file; visible only once all of it has come. */
    async put(
      project: string,
      { owner, path }: { owner: string; path: string },
      body: Readable,
    ): Promise<ArtifactRow> {
      const checked = checkFilePath(path)
      await checkWritable(db, project, owner)
      const row: ArtifactRow = { owner, path: checked, ...(await blobs.put(body)), updatedAt: clock.now() }
      await write(async (tx) => {
        await checkWritable(tx, project, owner)
        await store.putArtifact(tx, row)
      })
      return row
    },

    async list(project: string, owner: string, folder: string): Promise<Listed[]> {
      const checked = checkFolderPath(folder)
      await checkOwner(db, project, owner)
      return listing(await store.artifactsOf(db, owner), checked)
    },

    async open(project: string, owner: string, path: string): Promise<OpenArtifact> {
      const checked = checkFilePath(path)
      await checkOwner(db, project, owner)
      const row = await store.findArtifact(db, owner, checked)
      if (!row) throw new AppError('not_found', `There is no artifact ${path} in ${owner}.`)
      return {
        stream: await blobs.get(row.digest),
        sizeBytes: row.sizeBytes,
        digest: row.digest,
        path: row.path,
      }
    },

    /** Deletes a file, or all that lies below a folder. */
    async remove(project: string, owner: string, path: string): Promise<void> {
      const checked = checkFolderPath(path)
      await checkWritable(db, project, owner)
      const paths = (await filesBelow(owner, checked)).map((file) => file.path)
      if (paths.length > 0) await write((tx) => store.deleteArtifacts(tx, owner, paths))
    },

    /** The files below a folder as one immutable tree, paths relative to it; undefined when there are none. */
    async tree(project: string, owner: string, folder: string) {
      const checked = checkFolderPath(folder)
      await checkOwner(db, project, owner)
      const prefix = checked === '' ? '' : `${checked}/`
      const files = (await filesBelow(owner, checked))
        .filter(({ path }) => path.startsWith(prefix))
        .map(({ path, digest, sizeBytes }) => ({ path: path.slice(prefix.length), digest, sizeBytes }))
      return files.length === 0 ? undefined : treeOf(blobs, files)
    },
  }
}
