import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { appWiring } from '../../src/app.ts'
import { pipelineRoutes } from '../../src/pipelines/contract.ts'
import { eventually, scratchFolder, testServer } from '../../src/testing.ts'
import { commandLine } from './esteira.ts'

/** What the command line calls next, as it says it. */
const nextOf = (text: string) => /esteira (.+)\n?$/.exec(text)?.[1]?.split(' ') ?? []

test('the project that `esteira init` makes goes from data to a reproduced run', async (t) => {
  const server = await testServer(t, appWiring)
  const cwd = await scratchFolder(t)
  const outside = commandLine({ cwd, env: { ESTEIRA_URL: server.url } })
  assert.match(await outside.says('init', 'shop'), /Next: cd shop && esteira apply\n$/)
  assert.match(await outside.fails(1, 'init', 'shop'), /is there already[^]*Nothing was changed/)

  const { says, fails, run } = commandLine({
    cwd: join(cwd, 'shop'),
    env: { ESTEIRA_URL: server.url },
  })
  assert.match(await says('status'), /no such project yet: esteira apply/)
  assert.match(await says('plan'), /\+ pipeline look\n[^]*4 to change[^]*Next: esteira apply\n$/)
  assert.match(await says('apply'), /Project shop is as the file says/)
  assert.match(await says('plan'), /^Nothing to change \(4 as declared\)\.\n$/)
  assert.match(await fails(2, 'data', 'commit', 'raw', 'nowhere', '-m', 'x'), /nowhere does not exist/)
  assert.match(await fails(2, 'data', 'commit', 'raw', '-m', 'x'), /no path is named/)

  await mkdir(join(cwd, 'shop', 'raw'))
  await writeFile(join(cwd, 'shop', 'raw', 'sales.csv'), 'day,sold\n1,7\n')
  const commit = await says('data', 'commit', 'raw', 'raw', '-m', 'First sales')
  assert.match(commit, /1 added, 0 changed, 0 removed/)
  assert.match(await says(...nextOf(commit)), /First sales/)
  assert.equal(await says('data', 'get', 'raw', 'sales.csv'), 'day,sold\n1,7\n')

  const first = await eventually(
    'the run that the commit starts',
    async () => {
      const { runs } = await server.call(pipelineRoutes.listRuns, { project: 'shop' })
      return runs.find((one) => one.status === 'succeeded')
    },
    20_000,
  )
  const shown = await says(...nextOf(await says('pipelines', 'runs')))
  assert.match(shown, /status +succeeded/)
  assert.match(shown, /input raw +[0-9a-f]{12} repository raw, ref main, commit [0-9a-f]{12}/)
  assert.match(shown, /✓ count +succeeded/)
  assert.match(await says('pipelines', 'logs', first.id, 'count'), /^\{'files': 1, 'bytes': 13\}\n$/)
  assert.match(await says('triggers', 'history', 'new-data'), new RegExp(`started +${first.id}`))
  assert.match(await says('run', 'look'), /≡ count cached/)
  assert.match(await says('reproduce', first.id), /report .* equal\n\nReproduced:/)
  assert.match(await says('status'), new RegExp(`look  succeeded  ${first.id}`))

  await writeFile(join(cwd, 'shop', 'src', 'count.py'), 'raise SystemExit("the shop is closed")\n')
  await says('apply')
  const failed = await run('run', 'look')
  assert.equal(failed.code, 1, failed.output)
  assert.match(failed.stdout, /✗ count +failed/)
  assert.match(await says(...nextOf(failed.stdout)), /the shop is closed/)
  assert.match(await says('status'), /run prun_\w+ of look failed: esteira pipelines show/)

  assert.match(await says('audit', 'verify', '--home', server.home), /^The chain is whole: \d+ events/)
  assert.match(await fails(2, 'audit', 'verify', '--home', join(cwd, 'no')), /There is no Esteira home at/)
})

test('every list says what fills it while it is empty, and is one JSON document with --json', async (t) => {
  const server = await testServer(t, appWiring)
  const { says, json } = commandLine({
    cwd: await scratchFolder(t),
    env: { ESTEIRA_URL: server.url, ESTEIRA_PROJECT: 'shop' },
  })
  const lists: [words: string[], empty: RegExp][] = [
    [['pipelines', 'list'], /`esteira apply`/],
    [['pipelines', 'runs'], /`esteira run PIPELINE`/],
    [['data', 'list'], /`esteira data commit/],
    [['features', 'list'], /`esteira apply`/],
    [['runs', 'list'], /MLFLOW_TRACKING_URI/],
    [['models', 'list'], /models\/register/],
    [['endpoints', 'list'], /`esteira apply`/],
    [['monitors', 'list'], /`esteira apply`/],
    [['monitors', 'alerts'], /No alert is open/],
    [['triggers', 'list'], /`esteira apply`/],
    [['tokens', 'list'], /`esteira tokens create/],
  ]
  for (const [words, empty] of lists) {
    const [text, value] = await Promise.all([says(...words), json(...words)])
    assert.match(text, empty, words.join(' '))
    assert.deepEqual(value, [], words.join(' '))
  }
})
