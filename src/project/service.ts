import type { Principal } from '../kernel/auth/principal.ts'
import { AppError } from '../kernel/errors.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { type Body, changesBetween } from './changes.ts'
import {
  type Change,
  type CodeSource,
  projectApplied,
  projectDefinition,
  type ProjectFile,
  sections,
} from './contract.ts'
import { type FileCheck, parseProjectFile } from './parse.ts'
import type { Static } from '../kernel/contract.ts'

export type Given = { project: string; file: string; tree?: string; source?: Static<typeof CodeSource> }

type Deps = { kernel: Kernel; checks: readonly FileCheck[] }

const bodiesOf = (file: ProjectFile, { tree, source }: Given): Body[] => [
  {
    kind: projectDefinition.kind,
    name: file.project,
    body: {
      ...(file.description === undefined ? {} : { description: file.description }),
      ...(tree === undefined ? {} : { tree }),
      ...(source === undefined ? {} : { source }),
    },
  },
  ...sections.flatMap(({ kind, section }) =>
    Object.entries((file[section] ?? {}) as Record<string, unknown>).map(([name, body]) => ({
      kind,
      name,
      body: body ?? {},
    })),
  ),
]

export type ProjectService = ReturnType<typeof projectService>

export const projectService = ({ kernel, checks }: Deps) => {
  const { definitions, ledger } = kernel
  const all = [projectDefinition, ...sections]

  const currentOf = async (project: string): Promise<Body[]> =>
    (
      await Promise.all(
        all.map(async (declared) =>
          (await definitions.list(project, declared)).map(({ name, body }) => ({
            kind: declared.kind,
            name,
            body,
          })),
        ),
      )
    ).flat()

  const read = async (given: Given) => {
    const file = parseProjectFile(given.file, checks)
    if (file.project !== given.project)
      throw new AppError(
        'invalid',
        `The file is of project ${file.project}, the request of ${given.project}.`,
      )
    if (given.tree !== undefined && !(await kernel.blobs.has(given.tree)))
      throw new AppError('invalid', `The code snapshot ${given.tree} is not stored.`, {
        hint: 'Upload its blobs first; `esteira apply` does.',
      })
    if (file.code !== undefined && given.tree === undefined)
      throw new AppError('invalid', 'The project file names code, but no snapshot of it came.', {
        hint: 'Use `esteira apply`, which makes one.',
      })
    return bodiesOf(file, given)
  }

  const plan = async (given: Given) => {
    const wanted = await read(given)
    const current = await currentOf(given.project)
    const changes = changesBetween(current, wanted)
    return {
      wanted,
      changes,
      unchanged: wanted.length - changes.filter((change) => change.action !== 'remove').length,
    }
  }

  const count = (changes: readonly Change[], action: Change['action']) =>
    changes.filter((change) => change.action === action).length

  return {
    list: async () => {
      const names = await definitions.projects()
      return Promise.all(
        names.map(async (name) => ({
          name,
          description: (await definitions.get(name, projectDefinition, name))?.body.description ?? null,
        })),
      )
    },

    get: async (name: string) => {
      const head = await definitions.get(name, projectDefinition, name)
      if (!head)
        throw new AppError('not_found', `There is no project ${name}.`, {
          hint: '`esteira apply` makes one from an esteira.yaml.',
        })
      const parts = await Promise.all(
        sections.map(async (declared) =>
          (await definitions.list(name, declared)).map(({ name: part, version, digest, createdAt }) => ({
            kind: declared.kind as string,
            name: part,
            version,
            digest,
            createdAt,
          })),
        ),
      )
      return {
        name,
        description: head.body.description ?? null,
        tree: head.body.tree ?? null,
        source: head.body.source ?? null,
        appliedAt: head.createdAt,
        appliedBy: head.createdBy,
        definitions: parts.flat(),
      }
    },

    /** The tree of the project's code as of the last apply. */
    codeOf: async (name: string) => (await definitions.get(name, projectDefinition, name))?.body.tree,

    plan: async (given: Given) => {
      const { changes, unchanged } = await plan(given)
      return { project: given.project, changes, unchanged }
    },

    apply: async (given: Given, actor: Principal) => {
      const { wanted, changes, unchanged } = await plan(given)
      const bodies = new Map(wanted.map((one) => [`${one.kind}/${one.name}`, one.body]))
      await kernel.write(async (tx) => {
        for (const { kind, name, action } of changes) {
          const change = { project: given.project, kind, name, actor }
          if (action === 'remove') await definitions.remove(tx, change)
          else await definitions.put(tx, { ...change, body: bodies.get(`${kind}/${name}`) })
        }
        if (changes.length === 0) return
        await ledger.append(tx, {
          event: projectApplied,
          project: given.project,
          subject: `project/${given.project}`,
          data: {
            created: count(changes, 'create'),
            updated: count(changes, 'update'),
            removed: count(changes, 'remove'),
            tree: given.tree ?? null,
            ...(given.source === undefined ? {} : { source: given.source }),
          },
          actor,
        })
      })
      return { project: given.project, changes, unchanged }
    },
  }
}
