import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startAgent } from './agent.ts'
import { parseOptions, usage } from './options.ts'

const tell = (message: string): void =>
  void process.stderr.write(`${new Date().toISOString()} agent: ${message}\n`)

/** A model that hangs in native code keeps its thread, and with it an orderly end, for as long as it likes. */
const endWithinMs = 8000

/** Who runs on this home, for whoever starts agents: a server that was killed between starting one and hearing from it finds it here. */
const writeProcess = async (file: string, known: { address: string; server: string }): Promise<void> => {
  const unfinished = `${file}.${process.pid}`
  await writeFile(unfinished, JSON.stringify({ pid: process.pid, ...known }))
  await rename(unfinished, file)
}

const main = async (): Promise<void> => {
  if (process.argv.includes('--help')) return void process.stdout.write(`${usage}\n`)
  const options = parseOptions(process.argv.slice(2), process.env)
  const agent = await startAgent(options, { tell })
  const processFile = join(options.home, 'process.json')
  await writeProcess(processFile, { address: agent.address, server: options.server })
  process.stdout.write(`agent ready ${agent.address}\n`)
  let isEnding = false
  const end = (): void => {
    if (isEnding) process.exit(1)
    isEnding = true
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), endWithinMs).unref()
    const stop = async (): Promise<void> => {
      await agent.stop()
      await rm(processFile, { force: true })
    }
    stop().then(
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
