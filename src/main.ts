import { keepAgent } from './agent-process.ts'
import { appWiring } from './app.ts'
import { startServer } from './server.ts'

export type ProgramOptions = {
  home?: string
  host?: string
  port?: number
  /** Default: the server's port + 1, or any free one when the server takes any. */
  agentPort?: number
  withAgent: boolean
}

export type Program = { url: string; agentUrl: string | undefined; home: string; stop: () => Promise<void> }

/** `esteira up`: the server with all its rooms, and one serving agent beside it. */
export const startProgram = async ({ withAgent, agentPort, ...config }: ProgramOptions): Promise<Program> => {
  const server = await startServer({ config, wiring: appWiring })
  const { home, port } = server.kernel.config
  try {
    const agent = withAgent
      ? await keepAgent({
          home,
          server: server.url,
          port: agentPort ?? (port === 0 ? 0 : port + 1),
          newToken: () => server.governance.forAgent('agent'),
          log: server.kernel.log,
        })
      : undefined
    return {
      url: server.url,
      agentUrl: agent?.address,
      home,
      stop: async () => {
        await agent?.stop()
        await server.stop()
      },
    }
  } catch (error) {
    await server.stop()
    throw error
  }
}
