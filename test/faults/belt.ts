import { type ChildProcess, spawn } from 'node:child_process'
import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { client, type Call } from '../../src/kernel/client.ts'
import { isAppError } from '../../src/kernel/errors.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** The project of this test in a folder of its own, with a real small model beside its steps. */
export const copyProject = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'esteira-loop-'))
  await cp(join(root, 'test', 'faults', 'loop'), folder, { recursive: true })
  await cp(join(root, 'src', 'serving', 'agent', 'fixtures', 'plain'), join(folder, 'src', 'model'), {
    recursive: true,
  })
  await writeFile(join(folder, 'data.csv'), 'a,b\n1,2\n3,4\n')
  return folder
}

const freePort = async (): Promise<number> => {
  const { createServer } = await import('node:net')
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}

export type Belt = {
  url: string
  home: string
  /** Calls as the owner; a call that meets a dead server is repeated until one answers. */
  call: Call
  as: (token: string) => Call
  killServer: () => Promise<void>
  killAgent: () => Promise<boolean>
  stop: () => Promise<void>
}

/** A caller that goes on through restarts, as any good client does. Only for calls that may be repeated. */
const patient = (call: Call): Call => {
  const again: Call = async (route, input, options) => {
    for (let tries = 0; ; tries += 1) {
      try {
        return await call(route, input, options)
      } catch (error) {
        if (!isAppError(error) || error.code !== 'unavailable' || tries > 400) throw error
        await pause(50)
      }
    }
  }
  return again
}

/** `esteira up` as a process of its own, that can be killed and comes back, on the same home and port. */
export const startBelt = async (home: string): Promise<Belt> => {
  const port = await freePort()
  const agentPort = await freePort()
  const url = `http://127.0.0.1:${port}`
  let server: ChildProcess
  const up = () =>
    new Promise<void>((resolve, reject) => {
      server = spawn(
        process.execPath,
        [
          join(root, 'cli', 'main.ts'),
          'up',
          '--home',
          home,
          '--port',
          String(port),
          '--agent-port',
          String(agentPort),
        ],
        {
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      )
      let said = ''
      const hear = (chunk: string) => {
        said += chunk
        if (said.includes('ready at')) resolve()
      }
      server.stdout?.setEncoding('utf8').on('data', hear)
      server.stderr?.setEncoding('utf8').on('data', hear)
      server.once('exit', (code, signal) => {
        if (signal !== 'SIGKILL') reject(new Error(`esteira up ended with ${code}: ${said}`))
        else resolve()
      })
    })
  const ended = () =>
    new Promise<void>((resolve) => {
      if (server.exitCode !== null || server.signalCode !== null) resolve()
      else server.once('exit', () => resolve())
    })
  const agentPid = async () => {
    const text = await readFile(join(home, 'agent', 'process.json'), 'utf8').catch(() => undefined)
    return text === undefined ? undefined : (JSON.parse(text) as { pid: number }).pid
  }
  const killAgent = async () => {
    const pid = await agentPid()
    if (pid === undefined) return false
    try {
      process.kill(pid, 'SIGKILL')
      return true
    } catch {
      return false
    }
  }
  await up()
  return {
    url,
    home,
    call: patient(client({ url })),
    as: (token) => patient(client({ url, token })),
    killServer: async () => {
      server.kill('SIGKILL')
      await ended()
      void up().catch((error: Error) => process.stderr.write(`${error.message}\n`))
    },
    killAgent,
    stop: async () => {
      server.kill('SIGTERM')
      await ended()
      // A server that could not come back leaves its agent running.
      await killAgent()
    },
  }
}
