import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { governanceRoutes } from '../../../src/governance/contract.ts'
import { isAppError } from '../../../src/kernel/errors.ts'
import { pythonEnvironments } from '../../../src/pipelines/environments/environments.ts'
import { registryMigrations, registryRoom } from '../../../src/registry/index.ts'
import { testServer } from '../../../src/testing.ts'
import { trackingMigrations, trackingRoom } from '../../../src/tracking/index.ts'

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** Environments of client tests outlive the test: they are found again by the digest of their lock. */
const cache = join(tmpdir(), 'esteira-client-tests')

type Case = { name: string; error: string | null }

/** The unmodified client in an environment of its own; undefined, with the reason, only where there is no Python. */
const clientPython = async (t: TestContext): Promise<string | undefined> => {
  try {
    const lock = await readFile(here('requirements.lock'))
    const { bin } = await pythonEnvironments(cache).ensure({ name: 'mlflow client', lock, python: '>=3.10' })
    return join(bin, 'python')
  } catch (error) {
    if (!isAppError(error) || !error.message.startsWith('This machine has no Python')) throw error
    t.skip(`THE MLFLOW CLIENT WAS NOT TESTED: ${error.message} ${error.hint ?? ''}`)
    return undefined
  }
}

const runClient = async (python: string, environment: Record<string, string>): Promise<Case[]> => {
  const child = spawn(python, [here('client.py')], {
    env: { ...process.env, ...environment, OMP_NUM_THREADS: '1', GIT_PYTHON_REFRESH: 'quiet' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let complaints = ''
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString('utf8')))
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', resolve)
  })
  const cases: Case[] = []
  for await (const line of createInterface({ input: child.stdout }))
    if (line.startsWith('{"name"')) cases.push(JSON.parse(line) as Case)
  assert.equal(await ended, 0, complaints)
  return cases
}

test('the unmodified MLflow client does its work against this server', async (t) => {
  const python = await clientPython(t)
  if (python === undefined) return
  const server = await testServer(t, {
    migrations: [...trackingMigrations, ...registryMigrations],
    rooms: (kernel) => {
      const tracking = trackingRoom(kernel)
      return [tracking, registryRoom(kernel, { tracking })]
    },
  })
  await server.call(governanceRoutes.createAccount, { name: 'dana', roles: ['data scientist'] })
  const { token } = await server.call(governanceRoutes.createToken, { account: 'dana' })
  const cases = await runClient(python, {
    MLFLOW_TRACKING_URI: server.url,
    MLFLOW_TRACKING_TOKEN: token,
    MLFLOW_HTTP_REQUEST_MAX_RETRIES: '0',
    MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR: 'false',
  })
  assert.ok(cases.length > 10, 'the script did not get far')
  for (const { name, error } of cases)
    await t.test(name, () => {
      if (error !== null) assert.fail(error)
    })
})
