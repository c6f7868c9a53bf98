/** A server of this room in a process of its own, to be killed: `node testing.server.ts <home> <pipelines as JSON>`. Prints its address. */
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { system } from '../kernel/auth/principal.ts'
import { startServer } from '../server.ts'
import { pipelineDefinition } from './contract.ts'
import { neighbours, project, wiringOf } from './testing.ts'

const [home = '', pipelines = '{}'] = process.argv.slice(2)
const near = neighbours()
near.builtins['things/act'] = {
  async perform({ key }) {
    await new Promise((resolve) => setTimeout(resolve, 150))
    appendFileSync(join(home, 'actions'), `${key}\n`)
    return { key: 'done' }
  },
}
const { kernel, url } = await startServer({ config: { home, port: 0 }, wiring: wiringOf(near) })
for (const [name, body] of Object.entries(JSON.parse(pipelines) as Record<string, unknown>))
  await kernel.write((tx) =>
    kernel.definitions.put(tx, { project, kind: pipelineDefinition.kind, name, body, actor: system }),
  )
process.stdout.write(`${url}\n`)
