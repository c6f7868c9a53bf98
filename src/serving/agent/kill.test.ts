import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { cleanup, eventually, scratchFolder } from '../../testing.ts'
import { desiredServer, endpointOf, idsOf, post, type DesiredServer } from './testing.ts'

const program = join(import.meta.dirname, 'main.ts')

type Started = { process: ChildProcess; address: string }

const started = async (t: TestContext, server: DesiredServer, home: string): Promise<Started> => {
  const args = [program, '--server', server.url, '--home', home, '--port', '0', '--segment-ms', '200']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  const ended = once(child, 'exit')
  cleanup(t, async () => {
    child.kill('SIGKILL')
    await ended
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
  const address = await eventually('the ready line', () => /agent ready (\S+)\n/.exec(said)?.[1])
  return { process: child, address }
}

const ask = (address: string, a: number) =>
  post(`${address}/endpoints/e/invocations`, {
    dataframe_records: [
      { a, b: 0 },
      { a, b: 1 },
    ],
  })

test('a killed agent has lost no capture of an answered prediction, and sends each once when it starts again', async (t) => {
  const server = await desiredServer(t)
  const home = await scratchFolder(t)
  server.serve([endpointOf([await server.variant('plain', { release: 1 })])])
  const answered: string[] = []
  for (let life = 0; life < 4; life += 1) {
    const agent = await started(t, server, home)
    await eventually('an answer', async () => (await ask(agent.address, 0)).status === 200)
    // Every second life has no server to send to.
    if (life % 2 === 1) await server.stop()
    let isKilled = false
    const callers = Array.from({ length: 3 }, async () => {
      while (!isKilled) {
        const reply = await ask(agent.address, life).catch(() => undefined)
        if (reply?.status === 200) answered.push(...idsOf(reply))
      }
    })
    await eventually('some answers', () => answered.length > (life + 1) * 60)
    const ended = once(agent.process, 'exit')
    agent.process.kill('SIGKILL')
    await ended
    isKilled = true
    await Promise.all(callers)
    if (life % 2 === 1) await server.start()
  }
  await started(t, server, home)
  const captured = await eventually('every answered prediction', () => {
    const ids = server.lines.map(({ id }) => String(id))
    const known = new Set(ids)
    return answered.every((id) => known.has(id)) ? ids : undefined
  })
  assert.equal(new Set(captured).size, captured.length)
})

test('a program without its options says how to call it', async () => {
  const child = spawn(process.execPath, [program, '--server', 'http://127.0.0.1:1'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const [code] = (await once(child, 'close')) as [number]
  assert.equal(code, 2)
  assert.match(said, /--server and --home are needed[\s\S]*Usage: agent/)
})
