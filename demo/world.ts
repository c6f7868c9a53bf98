import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Call, client } from '../src/kernel/client.ts'
import { governanceRoutes } from '../src/governance/contract.ts'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
export const project = 'flights'

export type World = {
  url: string
  home: string
  /** The owner: runs the demo, applies the project, is the author of what its triggers start. */
  call: Call
  /** The systems that deliver files: a service account. */
  airline: Call
  /** The application that asks and reports outcomes. */
  airports: Call
  /** Ana, the second person: approves what somebody else made. */
  ana: Call
  command: (...words: string[]) => Promise<{ code: number; text: string }>
  stop: () => Promise<void>
}

/** What took long to build and is the same next time. */
const kept = new Set(['environments', 'tools', 'uv-cache'])

const freshHome = async (home: string) => {
  await mkdir(home, { recursive: true })
  for (const name of await readdir(home))
    if (!kept.has(name)) await rm(join(home, name), { recursive: true, force: true })
}

const startedAt = (child: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    let said = ''
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk
      const ready = /ready at (http:\/\/\S+)/.exec(said)
      if (ready?.[1]) resolve(ready[1])
    })
    child.once('exit', (code) => reject(new Error(`\`esteira up\` ended with ${code}; see above.`)))
  })

const run = (words: readonly string[], env: NodeJS.ProcessEnv): Promise<{ code: number; text: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, 'cli', 'main.ts'), ...words], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    child.once('error', reject)
    child.once('close', (code) => resolve({ code: code ?? 1, text }))
  })

/** Starts `esteira up` as a user would, on a fresh home, and makes the second account. */
export const openWorld = async (options: { home: string; port: number }): Promise<World> => {
  await freshHome(options.home)
  const server = spawn(
    process.execPath,
    [join(root, 'cli', 'main.ts'), 'up', '--home', options.home, '--port', String(options.port)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const url = await startedAt(server)
  const call = client({ url })
  const account = async (
    name: string,
    kind: 'person' | 'service' | 'application',
    roles: ('approver' | 'software engineer' | 'data engineer')[],
  ) => {
    await call(governanceRoutes.createAccount, { name, kind, roles })
    const { token } = await call(governanceRoutes.createToken, { account: name, label: 'the demo' })
    return client({ url, token })
  }
  const env = { ...process.env, ESTEIRA_URL: url, ESTEIRA_PROJECT: project, ESTEIRA_HOME: options.home }
  return {
    url,
    home: options.home,
    call,
    ana: await account('ana', 'person', ['approver', 'software engineer']),
    airline: await account('airline', 'service', ['data engineer']),
    airports: await account('airports', 'application', []),
    command: (...words) => run(words, env),
    stop: async () => {
      if (server.exitCode !== null) return
      const ended = new Promise((resolve) => server.once('exit', resolve))
      server.kill('SIGTERM')
      await ended
    },
  }
}
