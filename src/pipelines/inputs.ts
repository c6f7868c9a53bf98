import type { ResolveInput } from './ports.ts'

type Fronts = {
  data: {
    resolve: (
      project: string,
      repository: string,
      ref?: string,
    ) => Promise<{ commit: string; tree: string } | undefined>
  }
  registry: {
    resolve: (
      project: string,
      model: string,
      aliasOrVersion: string | number,
    ) => Promise<{ version: number; files: string } | undefined>
  }
}

/** Finds what inputs name in the data and registry rooms: a commit of a repository, a version of a model. */
export const inputsFrom =
  ({ data, registry }: Fronts): ResolveInput =>
  async (project, { repository, ref = 'main', model, alias, version }) => {
    if (repository !== undefined) {
      const found = await data.resolve(project, repository, ref)
      return (
        found && { kind: 'directory', digest: found.tree, source: { repository, ref, commit: found.commit } }
      )
    }
    const wanted = version ?? alias
    if (model === undefined || wanted === undefined) return undefined
    const found = await registry.resolve(project, model, wanted)
    return (
      found && {
        kind: 'directory',
        digest: found.files,
        source: { model, version: found.version, ...(alias === undefined ? {} : { alias }) },
      }
    )
  }
