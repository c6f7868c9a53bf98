import type { Command } from 'commander'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { defaultHome, parsePort } from '../src/kernel/config.ts'
import { AppError, isAppError } from '../src/kernel/errors.ts'

type UpOptions = { home?: string; port?: string; host?: string; agentPort?: string; agent: boolean }

const portOf = ({ port }: { port?: string | undefined }) => (port === undefined ? 7700 : parsePort(port))

const agentPortOf = ({ port, agentPort }: UpOptions) => {
  if (agentPort !== undefined) return parsePort(agentPort)
  const server = portOf({ port })
  return server === 0 ? 0 : server + 1
}

const isTaken = async (port: number) =>
  port !== 0 &&
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.unref()
  })

const portTaken = (port: number, cause?: unknown) =>
  new AppError('conflict', `Port ${port} of the serving agent is taken.`, {
    hint: 'Name another with --agent-port, or start without one: --no-agent.',
    cause,
  })

/** Refuses before anything is started, unless it may be this home's own agent that goes on answering there. */
const checkAgentPort = async (home: string, port: number) => {
  if (!(await isTaken(port))) return
  const known = await readFile(join(home, 'agent', 'process.json'), 'utf8').catch(() => '')
  if (!known.includes(`:${port}"`)) throw portTaken(port)
}

/** A start that failed for a reason that only this machine knows, told as what to change. */
const explained = async (error: unknown, { home, agentPort }: { home: string; agentPort: number }) => {
  if (isAppError(error))
    return error.code === 'unavailable' && (await isTaken(agentPort)) ? portTaken(agentPort, error) : error
  if (!(error instanceof Error && 'syscall' in error)) return error
  return new AppError('conflict', `The home folder ${home} can’t be used: ${error.message}.`, {
    hint: 'Name another with --home DIR.',
    cause: error,
  })
}

const up = async (options: UpOptions) => {
  const { startProgram } = await import('../src/main.ts')
  const home = options.home ?? defaultHome()
  const agentPort = agentPortOf(options)
  // Where the server's own port is taken, starting it says so.
  if (options.agent && !(await isTaken(portOf(options)))) await checkAgentPort(home, agentPort)
  const program = await startProgram({
    ...(options.home === undefined ? {} : { home: options.home }),
    ...(options.host === undefined ? {} : { host: options.host }),
    ...(options.port === undefined ? {} : { port: parsePort(options.port) }),
    ...(options.agentPort === undefined ? {} : { agentPort: parsePort(options.agentPort) }),
    withAgent: options.agent,
  }).catch(async (error: unknown) => {
    throw await explained(error, { home, agentPort })
  })
  console.log(
    `Esteira is ready at ${program.url} (predictions at ${program.agentUrl ?? 'no agent'}, home ${program.home})`,
  )
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve)
  })
  await program.stop()
}

export const addUp = (program: Command): void => {
  program
    .command('up')
    .description('start server and serving agent here, in the foreground')
    .option('--home <dir>', 'where everything is kept (ESTEIRA_HOME; default ~/.esteira)')
    .option('--port <port>', 'port of the server (default 7700; 0 takes a free one)')
    .option('--host <address>', 'address to listen on (default 127.0.0.1)')
    .option('--agent-port <port>', 'port of the agent (default: the server’s + 1)')
    .option('--no-agent', 'without a serving agent')
    .action((options: UpOptions) => up(options))
}
