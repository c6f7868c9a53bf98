import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import Sqlite from 'better-sqlite3'
import { eventually, scratchFolder } from '../../src/testing.ts'
import { commandLine, isAlive, startUp } from './esteira.ts'

test('`esteira up` says one line, holds its home and port alone, and ends with all that it started', async (t) => {
  const scratch = await scratchFolder(t)
  const home = join(scratch, 'home')
  const up = await startUp(t, { home })
  const { says, fails } = commandLine({ cwd: scratch, env: { ESTEIRA_URL: up.url } })
  assert.match(await says('accounts', 'list'), /admin/)

  const second = await fails(1, 'up', '--home', home, '--port', '0')
  assert.match(second, /Another Esteira server is using the home folder[^]*another --home/)
  const { port } = new URL(up.url)
  const other = join(scratch, 'other')
  assert.match(
    await fails(1, 'up', '--home', other, '--port', port),
    new RegExp(`Port ${port} is taken[^]*--port 0`),
  )
  assert.match(
    await fails(1, 'up', '--home', other, '--port', '0', '--agent-port', port),
    new RegExp(`Port ${port} of the serving agent is taken[^]*--agent-port`),
  )
  assert.match(
    await fails(1, 'up', '--home', '/dev/null/home', '--port', '0'),
    /home folder .* can’t be used[^]*--home DIR/,
  )

  assert.ok(isAlive(up.agentPid))
  assert.equal(await up.end('SIGTERM'), 0)
  await eventually('the end of the agent', () => !isAlive(up.agentPid))
  assert.equal(up.lines.length, 1, up.lines.join('\n'))
  assert.match(up.lines[0] ?? '', /^Esteira is ready at http:\/\/127\.0\.0\.1:\d+ \(predictions at http/)

  const database = new Sqlite(join(home, 'esteira.db'))
  database.prepare('insert into migration (id, applied_at) values (?, 0)').run('future-0001')
  database.close()
  assert.match(
    await fails(1, 'up', '--home', home, '--port', '0'),
    /written by a newer version of Esteira \(it has future-0001\)[^]*Update this installation/,
  )
})
