import { createReadStream } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Readable } from 'node:stream'
import type { Command } from 'commander'
import { dataRoutes } from '../src/data/contract.ts'
import type { Call } from '../src/kernel/client.ts'
import { AppError } from '../src/kernel/errors.ts'
import { kernelRoutes } from '../src/kernel/routes.contract.ts'
import { inProject, short, type Verb, when } from './verb.ts'

const list = async ({ call, out, projectName }: Verb<object>) => {
  const { repositories } = await call(dataRoutes.listRepositories, { project: projectName })
  out.result(repositories, () =>
    out.table(
      repositories,
      [
        { title: 'REPOSITORY', of: (one) => one.name },
        {
          title: 'BRANCHES',
          of: (one) => one.branches.map((branch) => `${branch.name} @ ${short(branch.head)}`).join(', '),
        },
        { title: 'DESCRIPTION', of: (one) => one.description },
      ],
      'No repositories. Name some in esteira.yaml, or commit: `esteira data commit REPOSITORY PATH…`',
    ),
  )
}

type Found = { path: string; local: string }

/** Files below a path; a folder's files keep their place below it. */
const filesBelow = async (path: string, prefix = ''): Promise<Found[]> => {
  const found = await lstat(path).catch(() => {
    throw new AppError('not_found', `${path} does not exist.`, {
      hint: 'Nothing was uploaded. Paths count from this folder.',
    })
  })
  if (found.isFile()) return [{ path: `${prefix}${basename(path)}`, local: path }]
  const names = (await readdir(path)).toSorted()
  const children = await Promise.all(
    names.map(async (name) => {
      const child = join(path, name)
      return (await lstat(child)).isDirectory()
        ? filesBelow(child, `${prefix}${name}/`)
        : [{ path: `${prefix}${name}`, local: child }]
    }),
  )
  return children.flat()
}

/** Uploads files and gives the changes that a commit names. */
export const uploadFiles = async (call: Call, files: readonly Found[]) => {
  const changes: { path: string; digest: string }[] = []
  for (const { path, local } of files) {
    const { digest } = await call(kernelRoutes.putBlob, {
      body: Readable.toWeb(createReadStream(local)) as ReadableStream<Uint8Array>,
    })
    changes.push({ path, digest })
  }
  return changes
}

type CommitOptions = { message: string; branch?: string; at?: string; remove?: string[] }

const commit = async (
  { call, out, projectName, options }: Verb<CommitOptions>,
  repository: string,
  ...paths: string[]
) => {
  if (paths.length === 0 && options.remove === undefined)
    throw new AppError('invalid', 'Nothing to commit: no path is named.', {
      hint: `Name files or folders: \`esteira data commit ${repository} PATH… -m TEXT\`, or --remove some.`,
    })
  const prefix = options.at ? `${options.at.replace(/\/$/, '')}/` : ''
  const files = (await Promise.all(paths.map((path) => filesBelow(path, prefix)))).flat()
  const changes = [
    ...(await uploadFiles(call, files)),
    ...(options.remove ?? []).map((path) => ({ path, remove: true as const })),
  ]
  const made = await call(dataRoutes.createCommit, {
    project: projectName,
    repository,
    message: options.message,
    changes,
    branch: options.branch ?? 'main',
  })
  out.result(made, () =>
    out.line(
      made.created
        ? `Commit ${short(made.id)}: ${made.added} added, ${made.changed} changed, ${made.removed} removed.`
        : 'Nothing changed: the branch has these files already.',
    ),
  )
  out.next(`esteira data log ${repository}`)
}

const log = async ({ call, out, projectName, options }: Verb<{ ref: string }>, repository: string) => {
  const { commits } = await call(dataRoutes.listCommits, {
    project: projectName,
    repository,
    ref: options.ref,
  })
  out.result(commits, () =>
    out.table(
      commits,
      [
        { title: 'COMMIT', of: (one) => short(one.id) },
        { title: 'TIME', of: (one) => when(one.at) },
        { title: 'BY', of: (one) => one.author.name },
        { title: '+/~/-', of: (one) => `${one.added}/${one.changed}/${one.removed}` },
        { title: 'MESSAGE', of: (one) => one.message },
      ],
      'No commits yet.',
    ),
  )
}

const ls = async (
  { call, out, projectName, options }: Verb<{ ref: string }>,
  repository: string,
  path: string,
) => {
  const { entries } = await call(dataRoutes.listTree, {
    project: projectName,
    repository,
    ref: options.ref,
    path,
  })
  out.result(entries, () =>
    out.table(
      entries,
      [
        { title: 'NAME', of: (one) => (one.kind === 'tree' ? `${one.name}/` : one.name) },
        { title: 'BYTES', of: (one) => one.sizeBytes, align: 'right' },
        { title: 'DIGEST', of: (one) => short(one.digest) },
      ],
      'Empty.',
    ),
  )
}

const get = async (
  { call, projectName, options }: Verb<{ ref: string }>,
  repository: string,
  path: string,
) => {
  const reply = await call(dataRoutes.readFile, { project: projectName, repository, ref: options.ref, path })
  if (reply.body) await pipeline(Readable.fromWeb(reply.body as never), process.stdout, { end: false })
}

const diff = async (
  { call, out, projectName }: Verb<object>,
  ...[repository = '', from = '', to = '']: string[]
) => {
  const { changes } = await call(dataRoutes.diffCommits, { project: projectName, repository, from, to })
  const marks = { added: '+', changed: '~', removed: '-' }
  out.result(changes, () => {
    for (const one of changes) out.line(`${marks[one.action]} ${one.path}`)
    if (changes.length === 0) out.line('No difference.')
  })
}

export const addData = (program: Command): void => {
  const data = program.command('data').description('versioned data: repositories, branches, commits')
  data.command('list').description('repositories and their branches').action(inProject(list))
  data
    .command('commit <repository> [paths...]')
    .description('upload files and folders and commit them to a branch')
    .requiredOption('-m, --message <text>', 'what it is')
    .option('--branch <name>', 'branch (default main)')
    .option('--at <folder>', 'put the files below this folder')
    .option('--remove <path...>', 'remove these')
    .action(inProject(commit))
  data
    .command('log <repository>')
    .description('commits, newest first')
    .option('--ref <ref>', 'from here', 'main')
    .action(inProject(log))
  data
    .command('ls <repository> [path]')
    .description('one folder')
    .option('--ref <ref>', 'as of', 'main')
    .action(inProject(ls))
  data
    .command('get <repository> <path>')
    .description('a file’s bytes to stdout')
    .option('--ref <ref>', 'as of', 'main')
    .action(inProject(get))
  data
    .command('diff <repository> <from> <to>')
    .description('files that differ between two refs')
    .action(inProject(diff))
}
