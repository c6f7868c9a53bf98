import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { appWiring } from '../src/app.ts'
import { client } from '../src/kernel/client.ts'
import { kernelRoutes } from '../src/kernel/routes.contract.ts'
import { projectRoutes } from '../src/project/contract.ts'
import { startServer } from '../src/server.ts'

/** Writes (or, with --check, compares) the documents that are made from the contracts. */
const root = fileURLToPath(new URL('..', import.meta.url))
const isCheck = process.argv.includes('--check')
const home = await mkdtemp(join(tmpdir(), 'esteira-documents-'))
const server = await startServer({ config: { home, port: 0 }, wiring: appWiring })
let stale = 0

const keep = async (path: string, content: unknown) => {
  const text = `${JSON.stringify(content, null, 2)}\n`
  const before = await readFile(join(root, path), 'utf8').catch(() => '')
  if (before === text) return
  if (!isCheck) return writeFile(join(root, path), text)
  stale += 1
  console.error(`${path} is not what the contracts say; run \`npm run documents\`.`)
}

try {
  const call = client({ url: server.url })
  await keep('docs/openapi.json', await call(kernelRoutes.openapi, {}))
  await keep('docs/esteira.schema.json', await call(projectRoutes.projectSchema, {}))
} finally {
  await server.stop()
  await rm(home, { recursive: true, force: true })
}
process.exitCode = stale === 0 ? 0 : 1
