import { join } from 'node:path'
import { type Call, client } from '../src/kernel/client.ts'
import { pause, type Running, runToEnd, start } from './processes.ts'

const root = join(import.meta.dirname, '..')
const program = join(root, 'cli', 'main.ts')
const readyWithinMs = 60_000

export type Product = Running & { url: string; agentUrl: string; call: Call }

/** `esteira up` as a user starts it: server and serving agent. */
export const startProduct = async (home: string, port = 0): Promise<Product> => {
  const child = start({
    argv: [process.execPath, program, 'up', '--home', home, '--port', String(port)],
    env: { ESTEIRA_HOME: home },
  })
  const deadline = performance.now() + readyWithinMs
  for (;;) {
    const [, url, agentUrl] = /ready at (\S+) \(predictions at (http[^,\s]+)/.exec(child.output()) ?? []
    if (url !== undefined && agentUrl !== undefined) return { ...child, url, agentUrl, call: client({ url }) }
    if (child.hasEnded() || performance.now() > deadline) {
      await child.stop()
      throw new Error(`\`esteira up\` did not become ready:\n${child.output()}`)
    }
    await pause(10)
  }
}

/** `esteira apply` of the project in this folder. */
export const applyProject = async (product: Product, folder: string): Promise<void> => {
  await runToEnd({
    argv: [
      process.execPath,
      program,
      'apply',
      join(folder, 'esteira.yaml'),
      '--yes',
      '--server',
      product.url,
    ],
  })
}

/** Asks until there is an answer. */
export const until = async <T>(what: string, ask: () => Promise<T | undefined>): Promise<T> => {
  const deadline = performance.now() + 120_000
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > deadline) throw new Error(`Waited 120 s in vain for ${what}.`)
    await pause(25)
  }
}
