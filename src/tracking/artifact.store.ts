import type { Db, Tx } from '../kernel/db/tables.ts'
import { type ArtifactRow, at } from './tables.ts'

export const putArtifact = (tx: Tx, row: ArtifactRow) =>
  at(tx)
    .insertInto('trackingArtifact')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .columns(['owner', 'path'])
        .doUpdateSet({ digest: row.digest, sizeBytes: row.sizeBytes, updatedAt: row.updatedAt }),
    )
    .execute()

export const findArtifact = (db: Db, owner: string, path: string): Promise<ArtifactRow | undefined> =>
  at(db)
    .selectFrom('trackingArtifact')
    .selectAll()
    .where('owner', '=', owner)
    .where('path', '=', path)
    .executeTakeFirst()

/** All files of an owner, in order of path. */
export const artifactsOf = (db: Db, owner: string): Promise<ArtifactRow[]> =>
  at(db).selectFrom('trackingArtifact').selectAll().where('owner', '=', owner).orderBy('path').execute()

export const deleteArtifacts = (tx: Tx, owner: string, paths: readonly string[]) =>
  at(tx)
    .deleteFrom('trackingArtifact')
    .where('owner', '=', owner)
    .where('path', 'in', [...paths])
    .execute()
