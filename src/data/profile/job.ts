import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { system } from '../../kernel/auth/principal.ts'
import { AppError, messageOf } from '../../kernel/errors.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { type Commit, commitProfiled } from '../contract.ts'
import { diffTrees } from '../folder.ts'
import { commitStore, profileStore } from '../store.ts'
import { type ProfileTask, tableFormat, type TableFormat, type TableProfile } from './table.ts'

const program = fileURLToPath(new URL('./main.ts', import.meta.url))
/** Files beyond these are not profiled: a commit of a million small files must not keep a core busy for hours. */
const filesPerCommit = 1000
const filesPerProcess = 100

const runProgram = async (tasks: readonly ProfileTask[], signal: AbortSignal): Promise<TableProfile[]> => {
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'pipe'], signal })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  child.stdin.end(JSON.stringify(tasks))
  const [output, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  if (code !== 0)
    throw new AppError('internal', `The profile program ended with ${code}: ${errors.slice(-1000)}`)
  return JSON.parse(output) as TableProfile[]
}

type Table = { digest: string; format: TableFormat }

/** After each commit: rows and columns of the tables that are new to the store. */
export const profileJob = (kernel: Kernel) => {
  const { blobs, db, ledger, write } = kernel
  const stopping = new AbortController()

  const newTables = async (commit: Commit): Promise<Table[]> => {
    const [parent] = commit.parents
    const before = parent === undefined ? undefined : (await commitStore(db).find(parent))?.tree
    const tables = new Map<string, Table>()
    for await (const { path, after } of diffTrees(blobs, { before, after: commit.tree })) {
      const format = tableFormat(path)
      if (format && after) tables.set(`${format}:${after.digest}`, { digest: after.digest, format })
      if (tables.size === filesPerCommit) break
    }
    const known = await profileStore(db).of([...tables.values()].map(({ digest }) => digest))
    for (const { digest, format } of known) tables.delete(`${format}:${digest}`)
    return [...tables.values()]
  }

  const profileTables = async (tables: readonly Table[]): Promise<TableProfile[]> => {
    const folder = await mkdtemp(join(tmpdir(), 'esteira-profile-'))
    try {
      const tasks: ProfileTask[] = []
      for (const [place, table] of tables.entries()) {
        const path = join(folder, `${place}.${table.format}`)
        await blobs.materialise(table.digest, path)
        tasks.push({ ...table, path })
      }
      return await runProgram(tasks, stopping.signal)
    } catch (error) {
      if (stopping.signal.aborted) throw error
      // A file that brings the reader down must not hold up every commit after it.
      return tables.map((table) => ({ ...table, rows: null, columns: [], error: messageOf(error) }))
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  const profileCommit = async (commit: Commit): Promise<void> => {
    const tables = await newTables(commit)
    const profiles: TableProfile[] = []
    for (let from = 0; from < tables.length; from += filesPerProcess)
      profiles.push(...(await profileTables(tables.slice(from, from + filesPerProcess))))
    await write(async (tx) => {
      for (const profile of profiles)
        await profileStore(tx).insert({ ...profile, columns: JSON.stringify(profile.columns) })
      await profileStore(tx).done(commit.id)
      if (profiles.length === 0) return
      const { project, repository } = commit
      const unreadable = profiles.filter(({ error }) => error !== null).length
      await ledger.append(tx, {
        event: commitProfiled,
        project,
        subject: `repository/${repository}`,
        data: { repository, commit: commit.id, files: profiles.length, unreadable },
        actor: system,
      })
    })
  }

  return {
    run: async () => {
      for (;;) {
        const [commit] = await profileStore(db).waiting(1)
        if (!commit || stopping.signal.aborted) return
        try {
          await profileCommit(commit)
        } catch (error) {
          if (stopping.signal.aborted) return
          throw error
        }
      }
    },
    stop: () => stopping.abort(),
  }
}
