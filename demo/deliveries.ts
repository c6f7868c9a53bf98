import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { uploadFiles } from '../cli/data.ts'
import type { Call } from '../src/kernel/client.ts'
import { dataRoutes } from '../src/data/contract.ts'
import { project } from './world.ts'

export type Delivery = {
  repository: string
  message: string
  branch?: string
  files: { path: string; local: string }[]
}

/** Uploads files and commits them to a branch, as the airline's systems would at the end of a month. */
export const deliver = async (
  call: Call,
  { repository, message, branch = 'main', files }: Delivery,
): Promise<string> => {
  const changes = await uploadFiles(call, files)
  return (await call(dataRoutes.createCommit, { project, repository, message, branch, changes })).id
}

/** The files of one local folder, to be committed below `at`. */
export const filesIn = async (folder: string, at = ''): Promise<Delivery['files']> =>
  (await readdir(folder)).toSorted().map((name) => ({ path: `${at}${name}`, local: join(folder, name) }))
