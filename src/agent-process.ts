import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AppError, messageOf } from './kernel/errors.ts'
import type { Logger } from './kernel/log.ts'

type Known = { pid: number; address: string; server: string }

export type AgentProcess = { address: string; stop: () => Promise<void> }

type Options = {
  /** Home of the server; the agent's own folder is `agent` below it. */
  home: string
  server: string
  port: number
  newToken: () => Promise<string>
  log: Logger
}

const program = fileURLToPath(new URL('./serving/agent/main.ts', import.meta.url))
const startWithinMs = 15_000
const stopWithinMs = 10_000
const watchEveryMs = 500
const restartAfterMs = 1000

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const answers = async (address: string): Promise<boolean> =>
  fetch(`${address}/v2/health/live`, { signal: AbortSignal.timeout(1000) }).then(
    (reply) => reply.ok,
    () => false,
  )

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

const readKnown = async (file: string): Promise<Known | undefined> => {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : (JSON.parse(text) as Known)
}

const end = async (pid: number) => {
  if (!isAlive(pid)) return
  process.kill(pid, 'SIGTERM')
  for (let waited = 0; waited < stopWithinMs && isAlive(pid); waited += 50) await pause(50)
  if (isAlive(pid)) process.kill(pid, 'SIGKILL')
}

/** Starts the agent in a session of its own, so that it goes on answering when this process is killed. */
const start = async ({ home, server, port, newToken }: Options): Promise<Known> => {
  const folder = join(home, 'agent')
  await mkdir(folder, { recursive: true })
  const tokenFile = join(folder, 'token')
  await rm(tokenFile, { force: true })
  await writeFile(tokenFile, await newToken(), { mode: 0o600 })
  const log = openSync(join(folder, 'agent.log'), 'a')
  const child = spawn(
    process.execPath,
    [program, '--server', server, '--home', folder, '--port', String(port), '--token-file', tokenFile],
    { detached: true, stdio: ['ignore', 'pipe', log] },
  )
  closeSync(log)
  const address = await new Promise<string>((resolve, reject) => {
    const fail = (why: string) => {
      clearTimeout(timer)
      reject(
        new AppError('unavailable', `The serving agent did not start: ${why}.`, {
          hint: `See ${join(folder, 'agent.log')}.`,
        }),
      )
    }
    const timer = setTimeout(() => fail(`nothing heard for ${startWithinMs / 1000} s`), startWithinMs)
    child.once('exit', (code) => fail(`it ended with ${code}`))
    child.once('error', (error) => fail(messageOf(error)))
    child.stdout?.setEncoding('utf8').on('data', (line: string) => {
      const ready = /agent ready (\S+)/.exec(line)?.[1]
      if (ready === undefined) return
      clearTimeout(timer)
      child.removeAllListeners('exit')
      resolve(ready)
    })
  })
  child.unref()
  return { pid: child.pid ?? 0, address, server }
}

/**
 * One serving agent beside the server. An agent that outlived a killed server is taken over as it runs;
 * one that dies is started again.
 */
export const keepAgent = async (options: Options): Promise<AgentProcess> => {
  const file = join(options.home, 'agent', 'process.json')

  const running = async (): Promise<Known | undefined> => {
    const found = await readKnown(file)
    return found && isAlive(found.pid) && (await answers(found.address)) ? found : undefined
  }
  /** One that an earlier server started, if it still talks to this address. */
  const adopt = async (): Promise<Known | undefined> => {
    const found = await running()
    if (found === undefined || found.server === options.server) return found
    await end(found.pid)
    return undefined
  }
  const begin = async (): Promise<Known> => {
    try {
      return await start(options)
    } catch (error) {
      // A server that was killed a moment ago may have started one that only now took the port.
      const found = await running()
      if (found?.server === options.server) return found
      throw error
    }
  }
  let known = (await adopt()) ?? (await begin())
  let isStopped = false

  const watch = async () => {
    while (!isStopped) {
      await pause(watchEveryMs)
      if (isStopped || isAlive(known.pid)) continue
      options.log.error({ pid: known.pid }, 'the serving agent is gone; starting it again')
      await pause(restartAfterMs)
      try {
        if (!isStopped) known = await begin()
      } catch (error) {
        options.log.error({ error: messageOf(error) }, 'the serving agent could not be started')
      }
    }
  }
  const watching = watch()
  return {
    address: known.address,
    stop: async () => {
      isStopped = true
      await watching
      await end(known.pid)
    },
  }
}
