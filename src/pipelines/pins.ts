import { loadTree } from '../kernel/blobs/tree.ts'
import { AppError, isAppError, type Problem } from '../kernel/errors.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { environmentDefinition, type InputDeclaration, type SourcedArtifact } from './contract.ts'
import { unhashedLine } from './environments/environments.ts'
import { didYouMean } from './plan/did-you-mean.ts'
import type { Plan } from './plan/plan.ts'
import type { ResolveInput } from './ports.ts'
import type { RunRecord } from './run.store.ts'

export type InputOverride = { ref?: string; alias?: string; version?: number }

const overridden = (declared: InputDeclaration, override: InputOverride | undefined): InputDeclaration => {
  if (!override) return declared
  const { alias: _alias, version: _version, ...rest } = declared
  const chooses = override.alias !== undefined || override.version !== undefined
  return { ...(chooses ? rest : declared), ...override }
}

const wrongOverride = (
  name: string,
  declared: InputDeclaration,
  override: InputOverride,
): Problem | undefined => {
  const path = `inputs.${name}`
  if (declared.repository !== undefined && (override.alias !== undefined || override.version !== undefined))
    return { path, message: `Input ${name} is a repository: it takes a ref.` }
  if (declared.model !== undefined && override.ref !== undefined)
    return { path, message: `Input ${name} is a model: it takes an alias or a version.` }
  if (override.alias !== undefined && override.version !== undefined)
    return { path, message: `Input ${name} takes an alias or a version, not both.` }
  return undefined
}

const nameOf = ({ repository, ref, model, alias, version }: InputDeclaration): string =>
  repository === undefined
    ? `model ${model} has no ${version === undefined ? `alias ${alias}` : `version ${version}`}`
    : `repository ${repository} has nothing at ${ref ?? 'main'}`

type Asked = { project: string; plan: Plan; overrides: Record<string, InputOverride>; resolve: ResolveInput }

/** Pins each input of a run to what it names now; all problems at once. An optional input that is not there is left out. */
export const pinInputs = async ({ project, plan, overrides, resolve }: Asked) => {
  const problems: Problem[] = []
  const pins: Record<string, SourcedArtifact> = {}
  const names = Object.keys(plan.inputs)
  for (const name of Object.keys(overrides))
    if (!names.includes(name))
      problems.push({
        path: `inputs.${name}`,
        message: `There is no input ${name}.`,
        hint: didYouMean(name, names),
      })
  for (const [name, declared] of Object.entries(plan.inputs)) {
    const override = overrides[name]
    const wrong = override && wrongOverride(name, declared, override)
    if (wrong) {
      problems.push(wrong)
      continue
    }
    const wanted = overridden(declared, override)
    const pin = await resolve(project, wanted).catch((error: unknown) => {
      if (isAppError(error) && error.code === 'not_found') return undefined
      throw error
    })
    if (pin) pins[name] = pin
    else if (declared.optional !== true || override)
      problems.push({
        path: `inputs.${name}`,
        message: `Input ${name} cannot be pinned: ${nameOf(wanted)}.`,
        hint:
          wanted.repository === undefined
            ? 'Register a version of the model first, or declare the input optional.'
            : `Commit data first: esteira data commit ${wanted.repository} PATH -m "…"`,
      })
  }
  return { pins, problems }
}

const fileIn = async ({ blobs }: Kernel, tree: string, path: string): Promise<string | undefined> => {
  let digest = tree
  const segments = path.replace(/^\.\//, '').split('/')
  for (const [index, segment] of segments.entries()) {
    const entry = (await loadTree(blobs, digest)).find(({ name }) => name === segment)
    if (!entry || (entry.kind === 'tree') !== index < segments.length - 1) return undefined
    digest = entry.digest
  }
  return digest
}

const pinLock = async (
  kernel: Kernel,
  given: { project: string; code: string | undefined; name: string },
) => {
  const { project, code, name } = given
  const declared = await kernel.definitions.get(project, environmentDefinition, name)
  const path = declared?.body.lock
  if (!declared || path === undefined) throw new AppError('invalid', `There is no environment ${name}.`)
  const lock = code === undefined ? undefined : await fileIn(kernel, code, path)
  if (lock === undefined)
    throw new AppError(
      'invalid',
      `The lock ${path} of environment ${name} is not among the code of the project.`,
      {
        hint: `Name ${path} under \`code\` and apply again.`,
      },
    )
  const unhashed = unhashedLine((await kernel.blobs.read(lock)).toString('utf8'))
  if (unhashed !== undefined)
    throw new AppError('invalid', `The lock ${path} of environment ${name} has no hash for ${unhashed}.`, {
      hint: 'Make it with: uv pip compile --generate-hashes requirements.in -o requirements.lock',
    })
  return { lock, python: declared.body.python ?? null }
}

/** The lock of each environment that a plan uses, by its digest. */
export const pinEnvironments = async (
  kernel: Kernel,
  given: { project: string; plan: Plan; code: string | undefined },
) => {
  const names = new Set(given.plan.tasks.flatMap(({ component }) => component.environment ?? []))
  const pinned: RunRecord['environments'] = {}
  for (const name of names) pinned[name] = await pinLock(kernel, { ...given, name })
  return pinned
}
