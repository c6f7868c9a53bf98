import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { system } from '../kernel/auth/principal.ts'
import { isAppError } from '../kernel/errors.ts'
import { kernelRoutes } from '../kernel/routes.contract.ts'
import { eventually, testServer } from '../testing.ts'
import { dataRoutes } from './contract.ts'
import { dataMigrations, dataRoom } from './index.ts'
import { dataService } from './service.ts'
import { commitFiles, declareRepository, parquet } from './testing.ts'

const here = { project: 'demo', repository: 'flights' }

const started = async (t: TestContext) => {
  const server = await testServer(t, { migrations: dataMigrations, rooms: (kernel) => [dataRoom(kernel)] })
  await server.call(dataRoutes.createRepository, { project: 'demo', name: 'flights' })
  return server
}

const thrown = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => assert.fail('it was accepted'),
    (error: unknown) => error,
  )
  assert.ok(isAppError(error), String(error))
  return error
}

test('files that were uploaded are read back from the commit that names them', async (t) => {
  const server = await started(t)
  const first = await commitFiles(
    server,
    { 'history/a.csv': 'x,y\n1,2\n', 'notes.txt': 'hello' },
    { message: 'two files' },
  )
  assert.deepEqual(
    [first.added, first.changed, first.removed, first.parents, first.created],
    [2, 0, 0, [], true],
  )
  const read = await server.call(dataRoutes.readFile, { ...here, path: 'history/a.csv' })
  assert.equal(await read.text(), 'x,y\n1,2\n')
  const second = await commitFiles(server, { 'notes.txt': 'changed', 'history/a.csv': null })
  assert.deepEqual([second.added, second.changed, second.removed, second.parents], [0, 1, 1, [first.id]])
  const before = await server.call(dataRoutes.readFile, {
    ...here,
    ref: first.id.slice(0, 12),
    path: 'notes.txt',
  })
  assert.equal(await before.text(), 'hello', 'the older commit still has the older bytes')
  const root = await server.call(dataRoutes.listTree, { ...here })
  assert.deepEqual(
    root.entries.map(({ name }) => name),
    ['notes.txt'],
    'a folder that is empty is gone',
  )
  const detail = await server.call(dataRoutes.getCommit, { ...here, ref: 'main' })
  assert.deepEqual(
    detail.changes.map(({ path, action }) => [path, action]),
    [
      ['history/a.csv', 'removed'],
      ['notes.txt', 'changed'],
    ],
  )
})

test('a part of a file comes with the header Range, and nothing outside of it', async (t) => {
  const server = await started(t)
  await commitFiles(server, { 'notes.txt': '0123456789' })
  const get = (range: string) =>
    fetch(`${server.url}/api/v1/projects/demo/repositories/flights/files?path=notes.txt`, {
      headers: { range },
    })
  const parts = await Promise.all(['bytes=2-4', 'bytes=-3', 'bytes=8-99', 'bytes=10-'].map(get))
  assert.deepEqual(
    parts.map(({ status }) => status),
    [206, 206, 206, 416],
  )
  assert.deepEqual(await Promise.all(parts.map((part) => part.text())), ['234', '789', '89', ''])
  assert.equal(parts[0]?.headers.get('content-range'), 'bytes 2-4/10')
})

test('a commit is an event that says what changed', async (t) => {
  const server = await started(t)
  const commit = await commitFiles(server, { 'history/a.csv': 'x\n1\n' })
  const { events } = await server.call(kernelRoutes.listEvents, { type: ['data.commit.created'] })
  assert.deepEqual(events[0]?.data, {
    repository: 'flights',
    branch: 'main',
    commit: commit.id,
    parent: null,
    tree: commit.tree,
    message: 'a commit',
    changes: [{ path: 'history/a.csv', action: 'added' }],
    total: 1,
  })
})

test('a commit that would change nothing leaves the branch where it is', async (t) => {
  const server = await started(t)
  const first = await commitFiles(server, { 'notes.txt': 'same' })
  const again = await commitFiles(server, { 'notes.txt': 'same' })
  assert.deepEqual([again.id, again.created], [first.id, false])
})

test('commits made at the same time all arrive, one after the other', async (t) => {
  const server = await started(t)
  const made = await Promise.all(
    Array.from({ length: 30 }, (_, i) =>
      commitFiles(server, { [`part/${i}.txt`]: `content ${i}` }, { message: `part ${i}` }),
    ),
  )
  assert.equal(new Set(made.map(({ id }) => id)).size, 30)
  const { entries } = await server.call(dataRoutes.listTree, { ...here, path: 'part' })
  assert.equal(entries.length, 30)
  const first = await server.call(dataRoutes.listCommits, { ...here, limit: 20 })
  const rest = await server.call(dataRoutes.listCommits, { ...here, limit: 20, after: first.next ?? '' })
  const log = [...first.commits, ...rest.commits]
  assert.equal(rest.next, undefined)
  assert.deepEqual(
    log.map(({ parents }) => parents[0]),
    [...log.slice(1).map(({ id }) => id), undefined],
    'a chain without forks or gaps',
  )
})

test('commits through two servers on one database all arrive too', async (t) => {
  const server = await started(t)
  const [one, other] = [dataService(server.kernel), dataService(server.kernel)]
  const { digest } = await server.call(kernelRoutes.putBlob, { body: 'x' })
  const request = (path: string) => ({ ...here, message: path, changes: [{ path, digest }] })
  await Promise.all(
    Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? one : other).commitFiles(request(`${i}.txt`), system)),
  )
  const { entries } = await server.call(dataRoutes.listTree, { ...here })
  assert.equal(entries.length, 8)
  const { commits } = await server.call(dataRoutes.listCommits, { ...here })
  assert.equal(commits.length, 8)
})

test('whoever says which head they expect is refused when it has moved', async (t) => {
  const server = await started(t)
  const first = await commitFiles(server, { 'a.txt': '1' }, { expectedHead: null })
  const second = await commitFiles(server, { 'a.txt': '2' }, { expectedHead: first.id })
  const error = await thrown(commitFiles(server, { 'a.txt': '3' }, { expectedHead: first.id }))
  assert.equal(error.code, 'conflict')
  assert.match(error.message, new RegExp(second.id))
  assert.equal((await thrown(commitFiles(server, { 'b.txt': '3' }, { expectedHead: null }))).code, 'conflict')
})

test('what does not fit the branch is refused whole', async (t) => {
  const server = await started(t)
  await commitFiles(server, { 'a/b.txt': '1', 'c.txt': '1' })
  const cases: [Record<string, string | null>, RegExp][] = [
    [{ 'ok.txt': '1', 'missing.txt': null }, /missing.txt cannot be removed/],
    [{ 'ok.txt': '1', a: '1' }, /a is a folder/],
    [{ 'ok.txt': '1', 'c.txt/d.txt': '1' }, /c.txt is a file/],
    [{ 'ok.txt': '1', d: '1', 'd/e.txt': '1' }, /named twice, or as a file and as a folder/],
  ]
  for (const [files, message] of cases) {
    const error = await thrown(commitFiles(server, files))
    assert.equal(error.code, 'conflict')
    assert.match(error.message, message)
  }
  const { commits } = await server.call(dataRoutes.listCommits, { ...here })
  assert.equal(commits.length, 1)
})

test('a path that could leave the repository or confuse a disk is refused by name', async (t) => {
  const server = await started(t)
  const paths = ['../x', '/x', 'a//b', 'a/./b', 'a/', 'a\\b', 'a\0b', 'n'.repeat(256), 'x/'.repeat(70) + 'y']
  for (const path of paths) {
    const error = await thrown(commitFiles(server, { 'good.txt': '1', [path]: '1' }))
    assert.equal(error.code, 'invalid', path)
    assert.equal(error.problems?.[0]?.path, path)
  }
  assert.equal((await thrown(server.call(dataRoutes.getCommit, { ...here, ref: 'main' }))).code, 'not_found')
})

test('a commit that names bytes nobody uploaded is refused', async (t) => {
  const server = await started(t)
  const digest = `sha256:${'0'.repeat(64)}`
  const commit = server.call(dataRoutes.createCommit, {
    ...here,
    message: '',
    changes: [{ path: 'a.txt', digest }],
  })
  assert.match((await thrown(commit)).message, /a\.txt.*were not uploaded/)
})

test('a file that is not what it claims is refused with what was expected and what was found', async (t) => {
  const server = await started(t)
  const table = await parquet(t, 'select 1 as a')
  const cases: [string, string | Uint8Array, RegExp][] = [
    ['a.parquet', 'x,y\n1,2\n', /a\.parquet.*expected a Parquet file, found text that starts with "x,y/],
    ['a.parquet', table.subarray(0, -2), /cut off/],
    ['a.csv', table, /a\.csv.*expected a CSV.*found a Parquet file/],
    ['a.csv', 'x,y\n1,2\n1,2,3\n', /3 fields in record 3 where the header has 2/],
    ['a.json', '{"a": 1', /does not parse/],
    ['a.ndjson', '{"a":1}\n{"a":\n', /line 2 that does not parse/],
    ['a.csv.gz', 'x,y\n', /expected gzip/],
    ['a.zip', table, /expected a zip archive, found a Parquet file/],
  ]
  for (const [path, content, message] of cases) {
    const error = await thrown(commitFiles(server, { 'good.csv': 'x\n1\n', [path]: content }))
    assert.equal(error.code, 'invalid', path)
    assert.match(error.message, message)
  }
  assert.equal(
    (await commitFiles(server, { 'a.parquet': table })).added,
    1,
    'and nothing was changed by all this',
  )
})

test('branches and tags are names for commits: copied without bytes, tags for good', async (t) => {
  const server = await started(t)
  const first = await commitFiles(server, { 'a.txt': '1' })
  await server.call(dataRoutes.createBranch, { ...here, name: 'try/one', from: 'main' })
  await server.call(dataRoutes.createTag, { ...here, name: 'v1', ref: first.id.slice(0, 12) })
  const second = await commitFiles(server, { 'a.txt': '2' }, { branch: 'try/one' })
  const ids = await Promise.all(
    ['main', 'v1', 'try/one'].map(
      async (ref) => (await server.call(dataRoutes.getCommit, { ...here, ref })).id,
    ),
  )
  assert.deepEqual(ids, [first.id, first.id, second.id])
  const { changes } = await server.call(dataRoutes.diffCommits, { ...here, from: 'v1', to: 'try/one' })
  assert.deepEqual(
    changes.map(({ path, action }) => [path, action]),
    [['a.txt', 'changed']],
  )
  assert.equal(
    (await thrown(server.call(dataRoutes.createTag, { ...here, name: 'v1', ref: 'try/one' }))).code,
    'conflict',
  )
  await server.call(dataRoutes.deleteBranch, { ...here, branch: 'try/one' })
  const { branches } = await server.call(dataRoutes.listBranches, { ...here })
  assert.deepEqual(
    branches.map(({ name }) => name),
    ['main'],
  )
  const kept = await server.call(dataRoutes.readFile, { ...here, ref: second.id, path: 'a.txt' })
  assert.equal(await kept.text(), '2', 'the commit outlives its branch')
  assert.equal(
    (await thrown(server.call(dataRoutes.deleteBranch, { ...here, branch: 'main' }))).code,
    'conflict',
  )
  assert.equal((await thrown(commitFiles(server, { 'a.txt': '3' }, { branch: 'try/one' }))).code, 'not_found')
  const misleading = server.call(dataRoutes.createBranch, { ...here, name: 'abcdef123456', from: 'main' })
  assert.match((await thrown(misleading)).message, /read as a commit/)
})

test('a repository that nobody declared or made does not exist', async (t) => {
  const server = await started(t)
  const error = await thrown(commitFiles(server, { 'a.txt': '1' }, { repository: 'other' }))
  assert.equal(error.code, 'not_found')
  assert.match(error.hint ?? '', /esteira\.yaml/)
  assert.equal(
    (await thrown(server.call(dataRoutes.createRepository, { project: 'demo', name: 'flights' }))).code,
    'conflict',
  )
})

test('a repository that the project file declares takes its first commit', async (t) => {
  const server = await started(t)
  await declareRepository(server, 'weather', 'An observation an hour')
  const empty = await server.call(dataRoutes.getRepository, { project: 'demo', repository: 'weather' })
  assert.deepEqual([empty.description, empty.branches], ['An observation an hour', []])
  const commit = await commitFiles(server, { 'a.txt': '1' }, { repository: 'weather' })
  const { repositories } = await server.call(dataRoutes.listRepositories, { project: 'demo' })
  assert.deepEqual(
    repositories.map(({ name, description, branches }) => [
      name,
      description,
      branches.map(({ head }) => head),
    ]),
    [
      ['flights', null, []],
      ['weather', 'An observation an hour', [commit.id]],
    ],
  )
})

test('rows and columns of the tables of a commit are known soon after it', async (t) => {
  const server = await started(t)
  const table = await parquet(t, "select range as id, 'x' as name from range(5)")
  const broken = Buffer.concat([
    Buffer.from('PAR1'),
    Buffer.alloc(20, 7),
    Buffer.from([8, 0, 0, 0]),
    Buffer.from('PAR1'),
  ])
  const commit = await commitFiles(server, {
    'a.parquet': table,
    'b.csv': 'time_hour,temp\n2013-01-01 05:00:00,39.2\n',
    'broken.parquet': broken,
    'notes.txt': 'no table',
  })
  const detail = await eventually('the profile', async () => {
    const found = await server.call(dataRoutes.getCommit, { ...here, ref: commit.id })
    return found.profile.state === 'ready' && found
  })
  const [a, b, unreadable, ...others] = detail.profile.files
  assert.equal(others.length, 0)
  assert.deepEqual(
    [a?.path, a?.rows, a?.columns],
    [
      'a.parquet',
      5,
      [
        { name: 'id', type: 'BIGINT' },
        { name: 'name', type: 'VARCHAR' },
      ],
    ],
  )
  assert.deepEqual(
    [b?.path, b?.rows, b?.columns.map(({ type }) => type)],
    ['b.csv', 1, ['TIMESTAMP', 'DOUBLE']],
  )
  assert.equal(unreadable?.rows, null)
  assert.match(unreadable?.error ?? '', /\w/)
})
