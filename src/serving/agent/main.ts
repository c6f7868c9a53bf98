import { startAgent } from './agent.ts'
import { parseOptions, usage } from './options.ts'

const tell = (message: string): void =>
  void process.stderr.write(`${new Date().toISOString()} agent: ${message}\n`)

/** A model that hangs in native code keeps its thread, and with it an orderly end, for as long as it likes. */
const endWithinMs = 8000

const main = async (): Promise<void> => {
  if (process.argv.includes('--help')) return void process.stdout.write(`${usage}\n`)
  const agent = await startAgent(parseOptions(process.argv.slice(2), process.env), { tell })
  process.stdout.write(`agent ready ${agent.address}\n`)
  let isEnding = false
  const end = (): void => {
    if (isEnding) process.exit(1)
    isEnding = true
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), endWithinMs).unref()
    agent.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        tell(`the end was not clean: ${String(error)}`)
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', end)
  process.on('SIGINT', end)
}

try {
  await main()
} catch (error) {
  process.stderr.write(`agent: ${error instanceof Error ? error.message : String(error)}\n\n${usage}\n`)
  process.exitCode = 2
}
