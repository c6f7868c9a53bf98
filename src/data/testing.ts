import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { DuckDBInstance } from '@duckdb/node-api'
import { system } from '../kernel/auth/principal.ts'
import { kernelRoutes } from '../kernel/routes.contract.ts'
import { scratchFolder, type TestServer } from '../testing.ts'
import { type Commit, dataRoutes, repositoryDefinition } from './contract.ts'

export type Files = Record<string, string | Uint8Array | null>

/** The bytes of a Parquet file with the rows of a query. */
export const parquet = async (t: TestContext, query: string): Promise<Buffer> => {
  const path = join(await scratchFolder(t), 'file.parquet')
  const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect()
  await connection.run(`copy (${query}) to '${path}' (format parquet)`)
  return readFile(path)
}

/** Uploads files and commits them as a client does; null removes. */
export const commitFiles = async (
  server: Pick<TestServer, 'call'>,
  files: Files,
  options: { repository?: string; branch?: string; message?: string; expectedHead?: string | null } = {},
): Promise<Commit & { created: boolean }> => {
  const { repository = 'flights', message = 'a commit', ...rest } = options
  const changes = []
  for (const [path, content] of Object.entries(files)) {
    if (content === null) changes.push({ path, remove: true as const })
    else changes.push({ path, digest: (await server.call(kernelRoutes.putBlob, { body: content })).digest })
  }
  return server.call(dataRoutes.createCommit, { project: 'demo', repository, message, changes, ...rest })
}

/** Declares a repository as `apply` does. */
export const declareRepository = async (
  server: Pick<TestServer, 'kernel'>,
  name: string,
  description: string,
) => {
  const { kernel } = server
  const declared = {
    project: 'demo',
    kind: repositoryDefinition.kind,
    name,
    body: { description },
    actor: system,
  }
  await kernel.write((tx) => kernel.definitions.put(tx, declared))
}
