import assert from 'node:assert/strict'
import { test } from 'node:test'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Command } from 'commander'
import { nouns } from '../../cli/nouns.ts'
import { appWiring } from '../../src/app.ts'
import { scratchFolder, testServer } from '../../src/testing.ts'
import { commandLine, esteira } from './esteira.ts'

/** Nothing listens here: the port is reserved. */
const nobody = 'http://127.0.0.1:1'

const declared = () => {
  const program = new Command('esteira')
  for (const add of nouns) add(program)
  return program.commands
}

test('every noun has help that says what each verb does', async (t) => {
  const { says } = commandLine({ cwd: await scratchFolder(t) })
  const all = await says('help')
  assert.equal(await says(), all)
  assert.equal(await says('--help'), all)
  await Promise.all(
    declared().map(async (noun) => {
      assert.match(all, new RegExp(`^  ${noun.name()} +.*\\S`, 'm'))
      const help = await says(noun.name(), '--help')
      assert.match(help, new RegExp(`^Usage: esteira ${noun.name()}`))
      assert.match(help, /--json +print JSON/)
      for (const verb of noun.commands)
        assert.match(help, new RegExp(`^  ${verb.name()}\\b.* {2,}\\S`, 'm'), `${noun.name()} ${verb.name()}`)
    }),
  )
  assert.match(await says('help', 'data', 'commit'), /^Usage: esteira data commit/)
  assert.match(await says('--version'), /^\d+\.\d+\.\d+\n$/)
})

test('a mistyped command line is answered with the nearest thing that would be right', async (t) => {
  const { fails } = commandLine({ cwd: await scratchFolder(t) })
  const cases: [words: string[], message: RegExp][] = [
    [['statsu'], /no command `esteira statsu`[^]*Did you mean `esteira status`/],
    [['data', 'lst'], /no command `esteira data lst`[^]*`esteira data list`/],
    [['help', 'modles'], /no command `esteira modles`[^]*`esteira models`/],
    [['xyzzy'], /no command `esteira xyzzy`[^]*--help` lists all/],
    [['--jsno'], /no option --jsno[^]*--json/],
    [['data', 'log'], /Missing required argument 'repository'[^]*`esteira data log --help`/],
    [['pipelines', 'runs', '-p', 'x', '-n', 'many'], /--limit must be a whole number, not "many"/],
    [['accounts', 'create', 'ana', '--role', 'boss'], /Allowed choices are viewer, data scientist/],
    [['up', '--port', '70000'], /"70000" is not a port/],
    [['data'], /^Usage: esteira data/],
  ]
  await Promise.all(
    cases.map(async ([words, message]) => assert.match(await fails(2, ...words), message, words.join(' '))),
  )
})

test('where no server answers, it says how to start one and ends with 4', async (t) => {
  const { fails } = commandLine({ cwd: await scratchFolder(t), env: { ESTEIRA_URL: nobody } })
  assert.match(await fails(4, 'status', '-p', 'x'), /No Esteira server answers at http:\/\/127\.0\.0\.1:1\b/)
  assert.match(await fails(4, 'accounts', 'list'), /`esteira up`/)
})

test('with --json an error is a problem document on stderr, and stdout is empty', async (t) => {
  const cwd = await scratchFolder(t)
  const cases: [words: string[], code: number, problem: string][] = [
    [['status'], 2, 'invalid'],
    [['statsu'], 2, 'invalid'],
    [['accounts', 'list'], 4, 'unavailable'],
  ]
  for (const [words, code, problem] of cases) {
    const ended = await esteira(['--json', ...words], { cwd, env: { ESTEIRA_URL: nobody } })
    assert.equal(ended.code, code, ended.output)
    assert.equal(ended.stdout, '')
    const document = JSON.parse(ended.stderr) as Record<string, unknown>
    assert.equal(document['code'], problem)
    assert.equal(document['type'], `urn:esteira:problem:${problem}`)
    assert.equal(typeof document['hint'], 'string')
  }
})

test('colours are for terminals, and NO_COLOR takes them away', async (t) => {
  const cwd = await scratchFolder(t)
  const forced = await esteira(['statsu'], { cwd, env: { FORCE_COLOR: '1' } })
  assert.ok(forced.stderr.includes('\u001b['), 'forced colour shows that the others could have it')
  const refused = await esteira(['statsu'], { cwd, env: { FORCE_COLOR: '1', NO_COLOR: '1' } })
  assert.match(refused.stderr, /^error There is no command/m)
  assert.ok(!refused.stderr.includes('\u001b['))
})

test('a project file that is wrong is told by place and nearest word, and changes nothing', async (t) => {
  const server = await testServer(t, appWiring)
  const cwd = await scratchFolder(t)
  const { fails, json } = commandLine({ cwd, env: { ESTEIRA_URL: server.url } })
  const file = (text: string) => writeFile(join(cwd, 'esteira.yaml'), text)

  assert.match(await fails(2, 'apply'), /There is no esteira\.yaml here or above[^]*`esteira init`/)
  assert.match(await fails(2, 'plan', 'other.yaml'), /other\.yaml can't be read/)
  assert.match(await fails(2, 'status'), /Which project\?/)

  await file(
    'project: shop\npipelines:\n  train:\n    stepz:\n      one: { run: [a, b] }\nrepositores:\n  raw: {}\n',
  )
  const wrong = await fails(2, 'apply')
  assert.match(wrong, /line 4, column 5 unknown field "stepz" in pipelines\.train – Did you mean "steps"\?/)
  assert.match(wrong, /line 6, column 1 unknown field "repositores".* – Did you mean "repositories"\?/)

  await file('project: shop\n  pipelines: [')
  assert.match(await fails(2, 'apply'), /line \d+, column \d+/)
  assert.match(await fails(2, 'status'), /esteira\.yaml is not YAML[^]*`esteira plan` says where/)

  await file('project: shop\ncode: [src]\n')
  assert.match(await fails(2, 'apply'), /code names src, which does not exist/)

  await file(
    'project: shop\npipelines:\n  train:\n    steps:\n      a: { run: [x], after: [b] }\n      b: { run: [x], after: [a] }\n',
  )
  assert.match(await fails(2, 'apply'), /\d+:\d+: .* in a circle: a → b → a/)
  assert.deepEqual(await json('audit', 'log', '--type', 'project.*', 'definition.*'), [])
})

test('who may not is told so, with 3', async (t) => {
  const server = await testServer(t, appWiring)
  const { says, fails } = commandLine({ cwd: await scratchFolder(t), env: { ESTEIRA_URL: server.url } })
  assert.match(
    await fails(3, '--token', 'est_wrong', 'accounts', 'list'),
    /This token is unknown[^]*`esteira tokens create`/,
  )
  await says('accounts', 'create', 'ana', '--role', 'viewer')
  const token = (await says('tokens', 'create', 'ana')).trim()
  assert.match(await says('--token', token, 'runs', 'list', '-p', 'x'), /No runs yet/)
  await fails(3, '--token', token, 'accounts', 'create', 'bea')
  assert.match(await says('accounts', 'end', 'ana'), /Account ana and its tokens have ended/)
  await fails(3, '--token', token, 'runs', 'list', '-p', 'x')
})
