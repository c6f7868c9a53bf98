import type { Kernel } from '../kernel/kernel.ts'
import { AppError } from '../kernel/errors.ts'
import { type Commit, repositoryDefinition, type Repository } from './contract.ts'
import { looksLikeCommit } from './path.ts'
import { commitStore, refStore, repositoryStore } from './store.ts'

export type Place = { project: string; repository: string }

const noRepository = ({ project, repository }: Place) =>
  new AppError('not_found', `There is no repository ${repository} in project ${project}.`, {
    hint: 'Declare it under repositories in esteira.yaml and apply, or create it.',
  })

type Known = { name: string; description: string | null; createdAt: number }

/** Repositories exist because the project file declares them or because somebody made them; both are looked at. */
export const repositoryReader = (kernel: Pick<Kernel, 'db' | 'definitions'>) => {
  const { db, definitions } = kernel
  const branchesOf = async (project: string, repository?: string) => {
    const heads = new Map<string, Repository['branches']>()
    for (const { repository: name, name: branch, head, updatedAt } of await refStore(db).branches(
      project,
      repository,
    ))
      heads.set(name, [...(heads.get(name) ?? []), { name: branch, head, at: updatedAt }])
    return heads
  }
  const find = async ({ project, repository }: Place): Promise<Known | undefined> => {
    const made = await repositoryStore(db).find(project, repository)
    const declared = await definitions.get(project, repositoryDefinition, repository)
    const description = declared?.body.description ?? made?.description ?? null
    const createdAt = made?.createdAt ?? declared?.createdAt
    return createdAt === undefined ? undefined : { name: repository, description, createdAt }
  }
  const mustExist = async (place: Place): Promise<Known> => {
    const known = await find(place)
    if (!known) throw noRepository(place)
    return known
  }
  return {
    find,
    mustExist,
    get: async (place: Place): Promise<Repository> => {
      const known = await mustExist(place)
      const branches = await branchesOf(place.project, place.repository)
      return { ...known, branches: branches.get(place.repository) ?? [] }
    },
    list: async (project: string): Promise<Repository[]> => {
      const known = new Map<string, Known>()
      for (const { name, description, createdAt } of await repositoryStore(db).list(project))
        known.set(name, { name, description, createdAt })
      for (const { name, body, createdAt } of await definitions.list(project, repositoryDefinition)) {
        const made = known.get(name)
        const description = body.description ?? made?.description ?? null
        known.set(name, { name, description, createdAt: made?.createdAt ?? createdAt })
      }
      const branches = await branchesOf(project)
      return [...known.values()]
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map((repository) => ({ ...repository, branches: branches.get(repository.name) ?? [] }))
    },
  }
}
export type RepositoryReader = ReturnType<typeof repositoryReader>

/** Finds the commit that a branch, a tag or the start of a commit id names, in this order. */
export const refReader = (kernel: Pick<Kernel, 'db'>, repositories: RepositoryReader) => {
  const refs = refStore(kernel.db)
  const commits = commitStore(kernel.db)

  const byId = async (place: Place, ref: string): Promise<Commit | undefined> => {
    if (!looksLikeCommit(ref)) return undefined
    const [found, other] = await commits.startingWith(place, ref)
    if (other)
      throw new AppError('conflict', `More than one commit of ${place.repository} starts with ${ref}.`, {
        hint: 'Give more digits.',
      })
    return found
  }
  const missing = async (place: Place, ref: string) => {
    await repositories.mustExist(place)
    const branches = (await refs.branches(place.project, place.repository)).map(({ name }) => name)
    return branches.length === 0
      ? new AppError('not_found', `Repository ${place.repository} has no commit yet.`, {
          hint: `Commit files to it first: esteira data commit ${place.repository} …`,
        })
      : new AppError('not_found', `Repository ${place.repository} has no branch, tag or commit ${ref}.`, {
          hint: `Branches are ${branches.slice(0, 10).join(', ')}.`,
        })
  }
  return async (place: Place, ref: string): Promise<Commit> => {
    const named =
      (await refs.branch({ ...place, name: ref }))?.head ?? (await refs.tag({ ...place, name: ref }))?.commit
    const commit = named === undefined ? await byId(place, ref) : await commits.find(named)
    if (!commit) throw await missing(place, ref)
    return commit
  }
}
