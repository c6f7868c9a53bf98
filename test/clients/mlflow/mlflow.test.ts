import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { governanceRoutes } from '../../../src/governance/contract.ts'
import { registryMigrations, registryRoom } from '../../../src/registry/index.ts'
import { testServer } from '../../../src/testing.ts'
import { trackingMigrations, trackingRoom } from '../../../src/tracking/index.ts'
import { testEnvironment } from '../../venv.ts'

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))

type Case = { name: string; error: string | null }

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
  const environment = await testEnvironment(t, { name: 'mlflow client', locks: [here('requirements.lock')] })
  if (environment === undefined) return
  const server = await testServer(t, {
    migrations: [...trackingMigrations, ...registryMigrations],
    rooms: (kernel) => {
      const tracking = trackingRoom(kernel)
      return [tracking, registryRoom(kernel, { tracking })]
    },
  })
  await server.call(governanceRoutes.createAccount, { name: 'dana', roles: ['data scientist'] })
  const { token } = await server.call(governanceRoutes.createToken, { account: 'dana' })
  const cases = await runClient(join(environment.bin, 'python'), {
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
