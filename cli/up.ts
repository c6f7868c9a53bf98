import type { Command } from 'commander'
import { parsePort } from '../src/kernel/config.ts'

type UpOptions = { home?: string; port?: string; host?: string; agentPort?: string; agent: boolean }

const up = async (options: UpOptions) => {
  const { startProgram } = await import('../src/main.ts')
  const program = await startProgram({
    ...(options.home === undefined ? {} : { home: options.home }),
    ...(options.host === undefined ? {} : { host: options.host }),
    ...(options.port === undefined ? {} : { port: parsePort(options.port) }),
    ...(options.agentPort === undefined ? {} : { agentPort: parsePort(options.agentPort) }),
    withAgent: options.agent,
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
