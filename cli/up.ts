import type { Command } from 'commander'
import { connect } from 'node:net'
import { defaultHome, parsePort } from '../src/kernel/config.ts'
import { AppError, isAppError } from '../src/kernel/errors.ts'

type UpOptions = { home?: string; port?: string; host?: string; agentPort?: string; agent: boolean }

const agentPortOf = ({ port, agentPort }: UpOptions) => {
  if (agentPort !== undefined) return parsePort(agentPort)
  const server = port === undefined ? 7700 : parsePort(port)
  return server === 0 ? 0 : server + 1
}

const isTaken = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.unref()
  })

/** A start that failed for a reason that only this machine knows, told as what to change. */
const explained = async (error: unknown, { home, agentPort }: { home: string; agentPort: number }) => {
  if (isAppError(error))
    return error.code === 'unavailable' && agentPort !== 0 && (await isTaken(agentPort))
      ? new AppError('conflict', `Port ${agentPort} of the serving agent is taken.`, {
          hint: 'Name another with --agent-port, or start without one: --no-agent.',
          cause: error,
        })
      : error
  if (!(error instanceof Error && 'syscall' in error)) return error
  return new AppError('conflict', `The home folder ${home} can’t be used: ${error.message}.`, {
    hint: 'Name another with --home DIR.',
    cause: error,
  })
}

const up = async (options: UpOptions) => {
  const { startProgram } = await import('../src/main.ts')
  const home = options.home ?? defaultHome()
  const program = await startProgram({
    ...(options.home === undefined ? {} : { home: options.home }),
    ...(options.host === undefined ? {} : { host: options.host }),
    ...(options.port === undefined ? {} : { port: parsePort(options.port) }),
    ...(options.agentPort === undefined ? {} : { agentPort: parsePort(options.agentPort) }),
    withAgent: options.agent,
  }).catch(async (error: unknown) => {
    throw await explained(error, { home, agentPort: agentPortOf(options) })
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
